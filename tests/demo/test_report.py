"""What the demo prints."""

from digest.demo.report import WIDTH, hung


def test_parts_are_broken_between_and_hang() -> None:
    parts = [f"+0.0{number} a reason with some words" for number in range(9)]
    lines = hung(parts, " · ", 5, 5).split("\n")
    assert max(map(len, lines)) <= WIDTH
    assert all(line.startswith("     +0.0") for line in lines)
    assert all(line.endswith(" ·") for line in lines[:-1])
    assert " ".join(" ".join(lines).split()) == " · ".join(parts)


def test_no_parts_and_a_part_wider_than_the_line() -> None:
    assert hung([], ", ", 2, 7).strip() == ""
    assert hung(["x" * 100, "y"], ", ", 2, 7) == "  " + "x" * 100 + ",\n       y"
