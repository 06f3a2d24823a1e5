"""Each layer that the trial makes fail is where the trial looks for it."""

from __future__ import annotations

import importlib
from functools import reduce
from typing import Any

import pytest

from tests.faults.failing_layers import LAYERS


@pytest.mark.parametrize("place", LAYERS.values(), ids=LAYERS)
def test_each_layer_is_there(place: str) -> None:
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    assert callable(reduce(getattr, path.split("."), owner))
