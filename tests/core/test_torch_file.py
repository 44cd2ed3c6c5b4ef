"""Files by torch.save, read without running anything: all that tables of tensors have, and nothing else."""

from __future__ import annotations

import collections
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.families.networks.torch_file import NotTensors, read_tensors

KINDS = (torch.float32, torch.float64, torch.float16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)


def written(tmp_path: Path, value: Any, is_older: bool = False) -> Path:
    path = tmp_path / "file.pt"
    torch.save(value, path, _use_new_zipfile_serialization=not is_older)
    return path


@pytest.mark.parametrize("is_older", [False, True], ids=["archive", "stream"])
def test_what_torch_saves_comes_back(is_older: bool, tmp_path: Path) -> None:
    whole = torch.arange(60.0).reshape(3, 4, 5)
    value = {
        **{str(kind): (torch.rand(2, 3) * 9).to(kind) for kind in KINDS},
        "transposed": whole.permute(2, 0, 1),
        "part": whole[1:, ::2, 1],
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 4),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "table": collections.OrderedDict(a=torch.ones(1), b=[1, 2.5, "text", None, True, (1, 2)]),
    }
    found = read_tensors(written(tmp_path, value, is_older))
    assert list(found) == list(value)
    for name, tensor in value.items():
        if isinstance(tensor, torch.Tensor):
            np.testing.assert_array_equal(found[name], tensor.detach().numpy())
            assert found[name].dtype == tensor.detach().numpy().dtype
    assert found["table"]["b"] == [1, 2.5, "text", None, True, [1, 2]]


def test_a_whole_networks_table(tmp_path: Path) -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    found = read_tensors(written(tmp_path, network.state_dict()))
    for name, tensor in network.state_dict().items():
        np.testing.assert_array_equal(found[name], tensor.numpy())


class Bomb:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("is_older", [False, True], ids=["archive", "stream"])
def test_nothing_is_run(is_older: bool, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(NotTensors, match="holds more than tensors"):
        read_tensors(written(tmp_path, {"a": torch.ones(1), "b": Bomb(mark)}, is_older))
    path = tmp_path / "plain.pt"
    for protocol in range(6):
        path.write_bytes(pickle.dumps(Bomb(mark), protocol))
        with pytest.raises(NotTensors):
            read_tensors(path)
    assert not mark.exists()


@pytest.mark.parametrize("value", [torch.nn.Linear(2, 2), {"a": {1, 2}}, {"a": np.ones(3)}, {"a": torch.device("cpu")}])
def test_other_things_are_refused(value: Any, tmp_path: Path) -> None:
    with pytest.raises(NotTensors):
        read_tensors(written(tmp_path, value))


def changed(path: Path, **parts: bytes) -> None:
    """Write an archive anew with other parts, by the ends of their names."""
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in kept.items():
            archive.writestr(name, parts.get(name.rpartition("/")[2].replace(".", "_"), data))


def test_a_tensor_stays_within_its_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, {"a": torch.ones(100)})
    changed(path, **{"0": bytes(40)})
    with pytest.raises(NotTensors, match="larger than its numbers"):
        read_tensors(path)
    huge = written(tmp_path, {"a": torch.ones(1).expand(10**6, 10**6)})  # one number, said to be 10^12
    with pytest.raises(NotTensors, match="larger than its numbers"):
        read_tensors(huge)


def test_a_small_file_stays_small(tmp_path: Path) -> None:
    """Lists of lists of lists, each twice in the next; one that is in itself; and one tensor very often."""
    lists: list[Any] = [torch.ones(1)]
    for _ in range(200):
        lists = [lists, lists]
    found = read_tensors(written(tmp_path, lists))
    assert found[0] is found[1]
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(NotTensors):
        read_tensors(written(tmp_path, {"a": torch.ones(1), "ring": ring}))
    whole = torch.ones(1000)
    with pytest.raises(NotTensors, match="larger than its numbers"):
        read_tensors(written(tmp_path, [whole[:] for _ in range(1000)]))


def test_an_archive_that_is_said_to_be_encrypted(tmp_path: Path) -> None:
    path = written(tmp_path, {"a": torch.ones(3)})
    data = bytearray(path.read_bytes())
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:  # each entry of the list at the file's end
        data[at + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(NotTensors, match="damaged"):
        read_tensors(path)


def test_a_storage_that_many_tensors_share_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = torch.arange(100.0)
    path = written(tmp_path, {str(n): whole[n : n + 2] for n in range(50)})
    asked: list[str] = []
    read = zipfile.ZipFile.read
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda self, entry: asked.append(entry.filename) or read(self, entry))
    found = read_tensors(path)
    np.testing.assert_array_equal(found["7"], [7.0, 8.0])
    assert len([name for name in asked if "/data/" in name]) == 1


def test_a_packed_archive_and_another_byte_order(tmp_path: Path) -> None:
    path = written(tmp_path, {"a": torch.zeros(1000)})
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in kept.items():
            archive.writestr(name, data)
    with pytest.raises(NotTensors, match="is packed"):
        read_tensors(path)
    path = written(tmp_path, {"a": torch.zeros(10)})
    changed(path, byteorder=b"big")
    with pytest.raises(NotTensors, match="byte order"):
        read_tensors(path)


def _bytes(is_older: bool) -> bytes:
    file = io.BytesIO()
    torch.save({"a": torch.ones(3, 4), "b": [torch.zeros(2), "x"]}, file, _use_new_zipfile_serialization=not is_older)
    return file.getvalue()


ARCHIVE, STREAM = _bytes(False), _bytes(True)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(STREAM) - 1), value=st.integers(0, 255), cut=st.booleans(), is_older=st.booleans())
def test_a_damaged_file_gives_a_sentence_or_tensors(
    place: int, value: int, cut: bool, is_older: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(STREAM if is_older else ARCHIVE)
    data[place] = value
    path = tmp_path_factory.mktemp("damaged") / "x.pt"
    path.write_bytes(data[:place] if cut else data)
    try:
        read_tensors(path)
    except NotTensors as wrong:
        assert str(wrong)  # noqa: PT017 - either is right
