"""What moto answers stays what it was, however quickly: its own serializer, unpatched, is asked the same."""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.swift import _copied

_VALUES = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"S": st.text(max_size=20)}),
        st.fixed_dictionaries({"N": st.integers().map(str)}),
        st.fixed_dictionaries({"B": st.binary(max_size=20)}),
        st.fixed_dictionaries({"BOOL": st.booleans()}),
        st.just({"NULL": True}),
        st.fixed_dictionaries({"SS": st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3, unique=True)}),
        st.fixed_dictionaries({"NS": st.lists(st.integers().map(str), min_size=1, max_size=3, unique=True)}),
        st.fixed_dictionaries({"BS": st.lists(st.binary(min_size=1, max_size=5), min_size=1, max_size=3, unique=True)}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=3)}),
    ),
    max_leaves=12,
)
_ITEMS = st.dictionaries(st.text(min_size=1, max_size=8), _VALUES, max_size=5)


@pytest.fixture(scope="module")
def untouched(cloud: Any) -> Any:
    """moto's serializers as they are delivered."""
    import moto.core.serialize as patched

    spec = importlib.util.spec_from_file_location("moto_serialize_untouched", patched.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # its dataclasses ask for it there
    spec.loader.exec_module(module)
    return module


def _body(module: Any, operation: str, result: dict[str, Any]) -> Any:
    from moto.core.utils import get_service_model

    model = get_service_model("dynamodb").operation_model(operation)
    picker = module.XFormedAttributePicker()
    answer = module.JSONSerializer(operation_model=model, value_picker=picker).serialize(result)
    return answer["status_code"], answer["headers"], json.loads(answer["body"])


@given(items=st.lists(_ITEMS, max_size=3), key=_ITEMS)
def test_answers_are_moto_s_own(untouched: Any, items: list[dict[str, Any]], key: dict[str, Any]) -> None:
    import moto.core.serialize as swift

    for operation, result in (
        ("GetItem", {"Item": items[0]} if items else {}),
        ("Query", {"Items": items, "Count": len(items), "ScannedCount": len(items), "LastEvaluatedKey": key}),
        ("BatchGetItem", {"Responses": {"tanggap-local-desk": items}, "UnprocessedKeys": {"desk": {"Keys": [key]}}}),
        ("UpdateItem", {"Attributes": key, "ConsumedCapacity": {"TableName": "desk", "CapacityUnits": 1}}),
    ):
        assert _body(swift, operation, result) == _body(untouched, operation, result)


@given(attributes=_ITEMS)
def test_a_copy_is_equal_and_shares_nothing_that_changes(cloud: Any, attributes: dict[str, Any]) -> None:
    from moto.dynamodb.models.dynamo_type import DynamoType, Item

    item = Item(DynamoType({"S": "a"}), None, attributes)
    twin = _copied(item)
    assert twin == item
    assert type(twin.attrs) is type(item.attrs)

    def parts(value: Any) -> list[int]:
        inner = list(value.value.values()) if value.type == "M" else value.value if value.type == "L" else []
        own = [id(value)] + ([id(value.value)] if isinstance(value.value, (dict, list)) else [])
        return own + [each for part in inner for each in parts(part)]

    mine = {each for value in item.attrs.values() for each in parts(value)}
    assert mine.isdisjoint(each for value in twin.attrs.values() for each in parts(value))


def test_an_item_that_is_too_large_is_refused_still(aws: Any, cloud: Any) -> None:
    client = cloud.client("dynamodb")
    table = next(name for name in client.list_tables()["TableNames"] if name.endswith("-reports"))
    keys = client.describe_table(TableName=table)["Table"]["KeySchema"]
    item = {each["AttributeName"]: {"S": "x"} for each in keys}
    parts = {f"a{place:02}": {"S": "y" * 10_000} for place in range(41)}
    client.put_item(TableName=table, Item=item | {name: parts[name] for name in list(parts)[:-1]})
    with pytest.raises(client.exceptions.ClientError, match="Item size has exceeded"):
        client.put_item(TableName=table, Item=item | parts)
