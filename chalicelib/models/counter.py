"""Table `counters`: hash `key`, TTL `expires_at`. Numbers that only rise, each given out once."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class Counter(Table):
    """key: `tenant#what#of which`; value: the last number given out."""

    class Meta:
        table_name = TableName("counters")

    key = UnicodeAttribute(hash_key=True)
    value = NumberAttribute()
    expires_at = NumberAttribute()
