"""Table `external_keys`: hash `tenant_id`, range `key`. The record of another system's id."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class ExternalKey(Table):
    """key: `kind#source#key`, or for an imported order's number; id: of the record.

    digest: of the row that was written last; version: of the record after that write.
    Written in one transaction with the record, so that neither exists without the other.
    """

    class Meta:
        table_name = TableName("external_keys")

    tenant_id = UnicodeAttribute(hash_key=True)
    key = UnicodeAttribute(range_key=True)
    id = UnicodeAttribute()
    digest = UnicodeAttribute()
    version = NumberAttribute(default=1)
    updated_at = UnicodeAttribute()
