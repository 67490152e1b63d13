"""Table `external_keys`: hash `tenant_id`, range `key`. Which record is meant by another system's id."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class ExternalKey(Table):
    """key: `kind#source#key`, or of an imported order's number; id: of the record.

    digest: of the row that was written last; version: of the record then.
    Written in one transaction with the record, so neither is ever there without the other.
    """

    class Meta:
        table_name = TableName("external_keys")

    tenant_id = UnicodeAttribute(hash_key=True)
    key = UnicodeAttribute(range_key=True)
    id = UnicodeAttribute()
    digest = UnicodeAttribute()
    version = NumberAttribute(default=1)
    updated_at = UnicodeAttribute()
