"""The file of a backup: one byte that is not as it was written is found, wherever it lies."""

import io
import tarfile

import pytest

from enforcement.upkeep import archive


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "a.backup"
    with archive.new_file(path) as file:
        writer = archive.Writer(file)
        for name, content in (("database.dump", b"rows" * 300), (f"documents/ab/{'ab' * 70}.csv", b"a,b\n1,2\n")):
            writer.add(name, io.BytesIO(content), len(content))
        writer.finish({"format": 1, "head": "1 ab"})
    return path


def test_it_is_read_as_it_was_written(written):
    taken = {}
    manifest = archive.read_backup(written, lambda name, content: taken.update({name: content.read()}))
    assert manifest["head"] == "1 ab"
    assert taken == {"database.dump": b"rows" * 300, f"documents/ab/{'ab' * 70}.csv": b"a,b\n1,2\n"}
    assert {name: member["size"] for name, member in manifest["members"].items()} == {
        name: len(content) for name, content in taken.items()
    }


def test_any_machine_opens_it(written):
    with tarfile.open(written) as tar:
        assert [member.name for member in tar][0::3] == ["database.dump", "SHA-256"]


def test_a_byte_that_is_changed_is_found_wherever_it_lies(written, request):
    content = written.read_bytes()
    places = range(len(content)) if request.config.getoption("--full") else range(0, len(content), 29)
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        written.write_bytes(changed)
        with pytest.raises(archive.BackupDamaged):
            archive.read_backup(written)


def test_a_file_that_was_cut_or_has_something_behind_it_is_found(written):
    content = written.read_bytes()
    for length in range(0, len(content), 97):
        written.write_bytes(content[:length])
        with pytest.raises(archive.BackupDamaged):
            archive.read_backup(written)
    for more in (b"\0", b"\0" * 512, content):
        written.write_bytes(content + more)
        with pytest.raises(archive.BackupDamaged):
            archive.read_backup(written)


def test_what_is_no_backup_is_said_to_be_none(tmp_path):
    other = tmp_path / "other"
    for content in (b"", b"a text", b"\0" * 20_000):
        other.write_bytes(content)
        with pytest.raises(archive.BackupDamaged, match="not a backup"):
            archive.read_backup(other)
    with pytest.raises(archive.BackupRefused, match="No such file"):
        archive.read_backup(tmp_path / "nowhere")


def test_one_that_is_there_is_not_replaced_and_one_that_breaks_off_leaves_nothing(written, tmp_path):
    with pytest.raises(archive.BackupRefused, match="is there already"), archive.new_file(written):
        pass
    with pytest.raises(ZeroDivisionError), archive.new_file(tmp_path / "b") as file:
        file.write(b"x" * (1 // 0))
    assert [path.name for path in tmp_path.iterdir()] == ["a.backup"]
