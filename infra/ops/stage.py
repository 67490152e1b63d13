"""Common code of the operator's commands: the stage, the credentials, and errors in one sentence.

A command uses the application's rules on a stage: it sets the environment variables of one of the stage's
functions, so that it uses the deployed tables, queues and gateway.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from infra.aws_errors import region, sentence
from infra.deploy import STAGES
from infra.local import stack_file
from infra.local.environment import aws_environment, state_dir


class Refused(Exception):
    """The command cannot be executed; the message tells the operator what to do."""


def arguments(module: str, does: str) -> argparse.ArgumentParser:
    """A parser that has --stage. does: one sentence."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=does)
    parser.add_argument("--stage", choices=STAGES, required=True)
    return parser


def add_yes_option(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Adds --yes; without it the command only prints what it would do."""
    parser.add_argument("--yes", action="store_true", help="do it; else only say what would be done")
    return parser


def run(
    command: Callable[[argparse.Namespace], None], parser: argparse.ArgumentParser, argv: Sequence[str] | None
) -> int:
    """Runs a command on its stage. Exit code 1, with a sentence on stderr, if it fails."""
    options = parser.parse_args(argv)
    try:
        point_at(options.stage)
        command(options)
    except Refused as error:
        print(f"error: {error}", file=sys.stderr)
    except (BotoCoreError, ClientError, PynamoDBException) as error:
        print(f"error: {sentence(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    else:
        return 0
    return 1


def point_at(stage: str) -> None:
    """Sets the environment variables of the stage's functions. Raises Refused if there is no such stage."""
    where = reach(stage)
    try:
        found = boto3.client("lambda").get_function_configuration(FunctionName=f"luckygas-{stage}-fan_out")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise Refused(
            f"stage {stage} is not in {where} with these credentials: check AWS_REGION and AWS_PROFILE, or deploy"
        ) from error
    variables = found["Environment"]["Variables"]
    os.environ.update({name: value for name, value in variables.items() if not name.startswith("AWS_")})
    # The application's info lines would be too much for the terminal.
    os.environ.update({"AWS_REGION": where, "LOG_LEVEL": "WARNING"})


def reach(stage: str) -> str:
    """Points AWS's clients to the stage; returns the region. Raises Refused if no local stack runs."""
    if stage == "local":
        os.environ.update(aws_environment(_emulator()))
    return region()


def _emulator() -> str:
    """The URL of the local stack's emulator."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        return endpoint
    try:
        return str(stack_file.read(state_dir() / "stack.json")["emulator_url"])
    except stack_file.NotRunning as error:
        raise Refused(str(error)) from error
