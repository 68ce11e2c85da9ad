"""The roles: which kinds of organisation hold them, which ask a second factor."""

from __future__ import annotations

import pytest

from avenant.domain.audiences import OrganisationKind, Role


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_every_role_of_a_person_belongs_to_a_kind_of_organisation(role: Role) -> None:
    assert role.kinds


def test_nobody_is_given_the_role_of_the_platform() -> None:
    assert Role.SYSTEM.kinds == frozenset()


def test_every_kind_of_organisation_has_administrators_and_readers() -> None:
    assert Role.ADMINISTRATOR.kinds == Role.READER.kinds == frozenset(OrganisationKind)


def test_who_administers_decides_or_signs_needs_a_second_factor() -> None:
    assert {role for role in Role if role.decides} >= {
        Role.ADMINISTRATOR,
        Role.LABOUR_LEAD,
        Role.FUND_CORRESPONDENT,
        Role.SERVICE_MANAGER,
    }
    assert not {Role.READER, Role.SERVICE_CONTRIBUTOR, Role.SOCIAL_PARTNER, Role.SYSTEM} & {
        role for role in Role if role.decides
    }
