# SPDX-License-Identifier: Apache-2.0
"""What a scanner can do, out of the list of options that it prints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.document_scanner.scanner_options import ScannerOptions, read_options


def listed(*lines: str) -> ScannerOptions:
    text = "\n".join(f"    {line}\n        words about it" for line in lines)
    return read_options(f"\nAll options specific to device `x':\n  Scan Mode:\n{text}\n".encode())


@pytest.mark.parametrize(
    ("lines", "flatbed", "feeder", "both_sides"),
    [
        ([], "", "", ()),
        (["--source Flatbed [Flatbed]"], "Flatbed", "", ()),
        (
            ["--source Flatbed|Automatic Document Feeder [Flatbed]"],
            "Flatbed",
            "Automatic Document Feeder",
            (),
        ),
        (
            ["--source Flatbed|ADF|ADF Duplex [ADF]"],
            "Flatbed",
            "ADF",
            ("--source=ADF Duplex",),
        ),
        (
            ["--source ADF Front|ADF Back|ADF Duplex [ADF Front]"],
            "",
            "ADF Front",
            ("--source=ADF Duplex",),
        ),
        (
            ["--source Flatbed|ADF [ADF]", "--adf-mode Simplex|Duplex [Simplex]"],
            "Flatbed",
            "ADF",
            ("--source=ADF", "--adf-mode=Duplex"),
        ),
        (
            ["--source FlatBed|ADF [ADF]", "--adf-mode Simplex|Duplex [inactive]"],
            "FlatBed",
            "ADF",
            (),
        ),
        (
            ["--source ADF [ADF]", "--duplex[=(yes|no)] [no]"],
            "",
            "ADF",
            ("--source=ADF", "--duplex=yes"),
        ),
        (["--source Flatbed|ADF [inactive]"], "", "", ()),
    ],
)
def test_glass_feeder_and_both_sides_are_read_from_the_list(
    lines: list[str], flatbed: str, feeder: str, both_sides: tuple[str, ...]
) -> None:
    options = listed(*lines)
    assert (options.flatbed, options.feeder) == (flatbed, feeder)
    assert options.both_sides(feeder) == both_sides


@given(st.binary(max_size=400))
def test_any_bytes_are_some_list(data: bytes) -> None:
    options = read_options(data)
    assert isinstance(options.feeder, str)
    assert isinstance(options.both_sides("ADF"), tuple)
