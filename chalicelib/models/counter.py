"""Table `counters`: hash `key`, TTL `expires_at`. Numbers that only rise, each used once."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.base import Table, TableName


class Counter(Table):
    """key: `tenant#purpose#subject`; value: the last number used."""

    class Meta:
        table_name = TableName("counters")

    key = UnicodeAttribute(hash_key=True)
    value = NumberAttribute()
    expires_at = NumberAttribute()
