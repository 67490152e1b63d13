"""The edge's stack: deployed after the application, whose addresses then refer to it."""

from pathlib import Path
from typing import Any

import pytest

from infra.deploy import lines
from infra.edge_stack import refuse_other_region, static_host
from infra.stacks import DeployError
from tests.aws_in_process import empty_moto
from tests.infra.cloud import STATIC_BUCKET, Cloud, deployed


def addresses(cloud: Cloud) -> tuple[str, str]:
    sent = cloud.stacks["luckygas-prod"]
    return sent.get("PublicUrl", ""), sent.get("WebsocketUrl", "")


EXECUTE_API = ("https://rest.execute-api.ap-northeast-1.amazonaws.com/api", "")
CLOUDFRONT = ("https://d1.cloudfront.net/api", "wss://d1.cloudfront.net/api")
DOMAIN = ("https://gas.example/api", "wss://gas.example/api")
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"


def passes(cloud: Cloud) -> list[str]:
    return [name.removeprefix("luckygas-prod") for name, what, _ in cloud.did if what != "PROTECT"]


def test_the_edge_is_deployed_in_front_of_the_application_and_all_addresses_name_it(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path)
        assert passes(cloud) == ["-data", "-data", "", "-edge", ""]
        assert cloud.regions["luckygas-prod-edge"] == "us-east-1"
        assert cloud.stacks["luckygas-prod-edge"] == {
            "Stage": "prod",
            "OriginKey": cloud.stacks["luckygas-prod"]["OriginKey"],
            "RestHost": "rest.execute-api.ap-northeast-1.amazonaws.com",
            "WebsocketHost": "websocket.execute-api.ap-northeast-1.amazonaws.com",
            "StaticHost": f"{STATIC_BUCKET}.s3.ap-northeast-1.amazonaws.com",
        }
        assert addresses(cloud) == CLOUDFRONT
        assert ("luckygas-prod-edge", "PROTECT", {}) in cloud.did
        # Once the addresses are known, one pass is enough.
        deployed(cloud, tmp_path)
        assert passes(cloud) == ["-data", "", "-edge"]
        assert addresses(cloud) == CLOUDFRONT


def test_the_origin_key_is_random_and_stays(tmp_path: Path) -> None:
    def key(cloud: Cloud, **sent: str) -> str:
        deployed(cloud, tmp_path, **sent)
        return cloud.stacks["luckygas-prod"]["OriginKey"]

    with empty_moto():
        cloud = Cloud()
        first = key(cloud)
        assert len(first) == 43
        assert key(cloud) == first
        assert key(cloud, Edge="none") == first
    with empty_moto():
        assert key(Cloud()) != first


def test_a_first_deployment_with_a_domain_needs_no_second_pass(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path, Domain="gas.example", DomainCertificate=CERTIFICATE)
    assert passes(cloud) == ["-data", "-data", "", "-edge"]
    assert cloud.stacks["luckygas-prod-edge"]["DomainCertificate"] == CERTIFICATE
    assert addresses(cloud) == DOMAIN


def test_addresses_change_only_once_the_edge_answers_at_them(tmp_path: Path) -> None:
    class Full(Cloud):
        is_full = True

        def create_change_set(self, **asked: Any) -> None:
            if asked["StackName"].endswith("-edge") and self.is_full:
                raise DeployError("full")
            super().create_change_set(**asked)

    cloud = Full()
    # A stage of a version without an edge.
    cloud.stacks["luckygas-prod"] = {"Stage": "prod", "PublicUrl": EXECUTE_API[0], "WebsocketUrl": ""}
    with empty_moto():
        with pytest.raises(DeployError, match="full\nluckygas-prod-edge is in us-east-1"):
            deployed(cloud, tmp_path, Domain="gas.example", DomainCertificate=CERTIFICATE)
        assert addresses(cloud) == EXECUTE_API
        cloud.is_full = False
        deployed(cloud, tmp_path, Domain="gas.example", DomainCertificate=CERTIFICATE)
        assert addresses(cloud) == DOMAIN
        deployed(cloud, tmp_path)
        assert addresses(cloud) == DOMAIN, "a parameter keeps its value"
        deployed(cloud, tmp_path, Domain="")
        assert addresses(cloud) == CLOUDFRONT


def test_a_stage_without_our_edge_has_the_addresses_of_the_apis_or_the_given_ones(tmp_path: Path) -> None:
    own = {"PublicUrl": "https://own.example/api", "WebsocketUrl": "wss://own.example/api"}
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path, Edge="none")
        assert passes(cloud) == ["-data", "-data", "", ""]
        assert addresses(cloud) == EXECUTE_API
        deployed(cloud, tmp_path, **own)
        assert passes(cloud) == ["-data", ""]
        assert addresses(cloud) == tuple(own.values())
        deployed(cloud, tmp_path)
        assert addresses(cloud) == tuple(own.values())
        deployed(cloud, tmp_path, PublicUrl="", WebsocketUrl="")
        assert addresses(cloud) == EXECUTE_API
        deployed(cloud, tmp_path, Edge="cloudfront")
        assert addresses(cloud) == CLOUDFRONT


def test_an_edge_that_is_turned_off_keeps_answering_but_nothing_names_it(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path)
        deployed(cloud, tmp_path, Edge="none")
        assert addresses(cloud) == EXECUTE_API
        assert "luckygas-prod-edge" in cloud.stacks
        deployed(cloud, tmp_path)
        assert passes(cloud) == ["-data", ""]


def test_a_stage_in_a_second_region_does_not_take_the_edge_of_the_first() -> None:
    before = {"StaticHost": static_host("luckygas-prod-static", "ap-northeast-1")}
    refuse_other_region("prod", {}, "eu-west-1")
    refuse_other_region("prod", before, "ap-northeast-1")
    with pytest.raises(DeployError, match="set Edge=none for this one"):
        refuse_other_region("prod", before, "eu-west-1")


def test_the_local_stage_has_no_edge(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path, "local", PublicUrl="http://127.0.0.1:8000/api")
    assert set(cloud.stacks) == {"luckygas-local-data", "luckygas-local"}
    assert cloud.stacks["luckygas-local"]["PublicUrl"] == "http://127.0.0.1:8000/api"


def test_people_see_one_address_and_where_dns_must_point(tmp_path: Path) -> None:
    cloud = Cloud()
    with empty_moto():
        deployed(cloud, tmp_path)
        assert lines("prod", cloud.client) == ["  ConsoleAddress   https://d1.cloudfront.net/api/console"]
        deployed(cloud, tmp_path, Domain="gas.example", DomainCertificate=CERTIFICATE)
        assert lines("prod", cloud.client) == [
            "  ConsoleAddress   https://gas.example/api/console",
            "  DomainTarget     d1.cloudfront.net",
        ]


def test_the_address_of_a_stage_that_failed_is_not_the_next_ones(tmp_path: Path) -> None:
    class Failed(Cloud):
        def describe_stacks(self, StackName: str) -> Any:
            found = super().describe_stacks(StackName)
            if found["Stacks"][0]["Parameters"][0]["ParameterValue"] == "failed":
                found["Stacks"][0]["StackStatus"] = "ROLLBACK_COMPLETE"
            return found

        def delete_stack(self, StackName: str) -> None:
            del self.stacks[StackName]

    cloud = Failed()
    cloud.stacks["luckygas-dev"] = {"Stage": "failed", "PublicUrl": "https://gone.example/api"}
    with empty_moto():
        deployed(cloud, tmp_path, "dev")
    assert cloud.stacks["luckygas-dev"]["PublicUrl"] == CLOUDFRONT[0]
