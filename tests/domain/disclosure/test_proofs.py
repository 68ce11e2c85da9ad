"""The release gate and its proofs: checked by additions, refused when anything in them was changed."""

import subprocess
import sys
from dataclasses import replace

import pytest

from avenant.domain.disclosure import (
    PUBLIC,
    Axis,
    DisclosureError,
    Method,
    Proof,
    Reader,
    Sight,
    Witness,
    assess,
    audit,
    audit_pattern,
    cross,
    insiders,
    protect,
    unproved,
)
from avenant.domain.disclosure.primary import Reason, Rules
from avenant.domain.disclosure.witness import is_possible
from avenant.domain.disclosure.wording import HIDDEN, breach_sentence, owner_reason, verdict

COUNTS = {
    ("A", "x"): 4, ("A", "y"): 31, ("A", "z"): 28, ("B", "x"): 25, ("B", "y"): 33, ("B", "z"): 41,
    ("C", "x"): 38, ("C", "y"): 27, ("C", "z"): 30, ("D", "x"): 22, ("D", "y"): 36, ("D", "z"): 45,
}  # fmt: skip


@pytest.fixture(scope="module")
def table():
    return cross("n", (Axis.flat("service", "ABCD", owners=True), Axis.flat("s", "xyz")), COUNTS)


@pytest.fixture(scope="module")
def outcome(table):
    return audit(protect(assess(table, insiders=insiders(table))))


def test_every_witness_is_a_possible_table(table, outcome):
    publication = outcome.assessment.publication
    shown = {key: None if key in outcome.hidden else cell.value for key, cell in publication.cells.items()}
    witnesses = [(proof, witness) for proof in outcome.proofs for witness in proof.witnesses]
    assert witnesses
    for proof, witness in witnesses:
        possible = witness.table(publication)
        assert is_possible(possible, shown, publication.cells, publication.equations)
        assert possible[proof.key] == proof.bound != publication.cells[proof.key].value


def test_the_check_needs_no_solver():
    """The verifier runs with the solver and numpy absent."""
    modules = ("cells", "primary", "witness")
    program = (
        "import sys, types, importlib.machinery, pathlib\n"
        "sys.modules['highspy'] = sys.modules['numpy'] = None\n"
        "import avenant.domain\n"
        "package = types.ModuleType('avenant.domain.disclosure')\n"
        "package.__path__ = [str(pathlib.Path(avenant.domain.__file__).parent / 'disclosure')]\n"
        "sys.modules['avenant.domain.disclosure'] = package\n"
        + "".join(f"import avenant.domain.disclosure.{module}\n" for module in modules)
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": "src"})  # noqa: S603


@pytest.mark.parametrize("fault", ["value", "shown", "missing", "negative"])
def test_a_tampered_proof_proves_nothing(outcome, fault):
    def tampered(proof):
        def change(witness):
            changes = dict(witness.changes)
            if fault == "value":
                changes[proof.key] += 1
            elif fault == "shown":
                shown = next(key for key in outcome.assessment.publication.cells if key not in outcome.hidden)
                changes[shown] = 1
            elif fault == "missing":
                changes.pop(next(key for key in changes if key != proof.key))
            else:
                changes = {key: -1000 * abs(value) for key, value in changes.items()}
            return Witness(changes)

        return Proof(proof.key, proof.bound, tuple(change(witness) for witness in proof.witnesses))

    assert not unproved(outcome.assessment, outcome.hidden, outcome.proofs)
    assert unproved(outcome.assessment, outcome.hidden, [tampered(proof) for proof in outcome.proofs])


def test_a_witness_that_an_insider_sees_through_does_not_count(outcome):
    """The same proofs, kept for the reader from outside only, leave insiders unanswered."""
    alone = replace(outcome.assessment, attackers=(PUBLIC,), requirements=tuple(
        replace(one, against=("public",)) for one in outcome.assessment.requirements if "public" in one.against
    ))  # fmt: skip
    outside = audit(protect(alone))
    assert unproved(outcome.assessment, outcome.hidden, outside.proofs)


def test_hiding_the_sensitive_cell_only_is_refused(table):
    assessment = assess(table)
    naked = audit_pattern(assessment, assessment.primary)
    assert not naked.safe
    assert [breach.deduced for breach in naked.breaches] == [(4, 4)]
    assert breach_sentence(naked.breaches[0]) == (
        "Un lecteur extérieur déduit exactement la case «\u202fn|s=x|service=A\u202f»."
    )
    assert verdict(naked) == "Publication refusée\u202f: une case pourrait être déduite."
    with pytest.raises(DisclosureError):
        naked.release()


def test_what_a_reader_computes_never_uses_a_secret(table, outcome):
    """Two tables that look the same give the same ranges: they can be published beside the table."""
    publication = outcome.assessment.publication
    witness = next(witness for proof in outcome.proofs for witness in proof.witnesses)
    other = {
        key: replace(cell, value=cell.value + witness.changes.get(key, 0)) for key, cell in publication.cells.items()
    }
    twin = type(publication)(other, publication.equations)
    assert Reader(Sight.of(publication, outcome.hidden)).ranges() == Reader(Sight.of(twin, outcome.hidden)).ranges()


def test_figures_that_contradict_each_other_are_refused(table):
    sight = Sight.of(table, set())
    wrong = Sight({**sight.figures, "n": 1}, sight.bounds, sight.equations)
    with pytest.raises(DisclosureError):
        Reader(wrong).range("n")


@pytest.mark.parametrize("method", list(Method))
def test_byte_for_byte(table, method):
    first, second = (protect(assess(table, insiders=insiders(table)), method=method) for _ in range(2))
    assert repr(sorted(first.hidden)) == repr(sorted(second.hidden))
    assert repr(first.proofs) == repr(second.proofs)
    assert audit(first).safe


def test_the_sentence_for_readers_says_nothing_of_the_reason():
    assert "secret statistique" in HIDDEN
    assert "11" not in HIDDEN
    assert owner_reason(Reason.PERSONS, Rules()) == "Moins de 11 personnes."
    assert owner_reason(Reason.PERSONS, Rules(persons=5)) == "Moins de 5 personnes."
    assert {owner_reason(reason, Rules()) for reason in Reason}
