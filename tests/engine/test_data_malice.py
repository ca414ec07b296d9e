"""Files that were made to do harm: one sentence, after little reading, within 256 MB; in a process of its own."""

import gzip
import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.engine.test_data_pictures import bomb

EFFORT = 20_000  # calls, and a few for each row that has to be read to find the one that is wrong
ROWS = 700_000

PROGRAM = """
import json, sys
from pathlib import Path
import pandas, PIL.Image  # what reading imports does not count
from engine.nodes import CATALOG
from graphs.spec import ShapeError, Site
from tests.effort import calls

def memory(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024

folder, answers = Path(sys.argv[1]), []
for kind, parameters in json.loads(sys.argv[2]):
    Path("/proc/self/clear_refs").write_text("5")  # the highest memory so far is forgotten
    before, said = memory("VmRSS"), []

    def read():
        try:
            node, site = CATALOG.get(kind).model_validate(parameters), Site("node1", folder)
            node.shapes({}, site)
            node.load({}, site)
        except ShapeError as error:
            said.append(error.text)

    effort = calls(read)
    answers.append([said, effort, memory("VmHWM") - before])
print(json.dumps(answers))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the highest memory")
def test_harm_is_refused_in_one_sentence_with_little_effort_and_256_mb(tmp_path):
    (tmp_path / "promise.idx").write_bytes(struct.pack(">HBB4I", 0, 8, 4, 10**9, 1, 28, 28))
    (tmp_path / "promise.gz").write_bytes(gzip.compress(struct.pack(">HBBI", 0, 8, 1, 10**9)))
    (tmp_path / "magic.idx").write_bytes(struct.pack(">IIII", 2050, 1, 2, 2) + bytes(4))
    (tmp_path / "zeros.gz").write_bytes(gzip.compress(struct.pack(">HBB2I", 0, 8, 2, 1, 4) + bytes(200_000_000), 1))
    np.save(tmp_path / "cut.npy", np.ones((1000, 1000)))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:-1])
    head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000,), }"
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head + bytes(50_000_000))
    (tmp_path / "line.csv").write_bytes(b"a,b\n1," + b"2" * 100_000_000)
    (tmp_path / "ragged.csv").write_bytes(b"a,b,c\n" + b"1,2,3\n" * ROWS + b"1,2\n")
    (tmp_path / "quote.csv").write_bytes(b'a,b\n1,2\n1,"' + b"2,3\n" * 2_000_000)
    (tmp_path / "columns.tsv").write_bytes(b"\t".join(b"c%d" % place for place in range(10_000)) + b"\n")
    (tmp_path / "cut.txt").write_bytes("猫".encode() * 1_000_000 + "猫".encode()[:-1])
    (tmp_path / "long.txt").write_bytes(b"a" * 60_000_000)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(bomb())
    files = ["promise.idx", "promise.gz", "magic.idx", "zeros.gz", "cut.npy", "bomb.npz", "/etc/passwd", "../a.npy"]
    asked = [("array_file", {"file": file}) for file in files]
    asked += [("table", {"file": file}) for file in ("line.csv", "ragged.csv", "quote.csv", "columns.tsv", "..\\a.csv")]
    asked += [("text_characters", {"file": file}) for file in ("cut.txt", "long.txt", "C:\\a.txt")]
    asked += [("image_folder", {"folder": folder}) for folder in ("pictures", "..", "/")]
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path), json.dumps(asked)], capture_output=True,
                          text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.stderr == ""
    for (kind, parameters), (said, effort, grown) in zip(asked, json.loads(done.stdout), strict=True):
        print(f"{effort:7,} calls {grown:5.0f} MB  {kind} {parameters}: {said}")
        assert len(said) == 1
        assert said[0].endswith(".")
        assert "\n" not in said[0]
        assert effort < EFFORT + 5 * (ROWS if "ragged.csv" in parameters.values() else 0), said
        assert grown < 256, said
