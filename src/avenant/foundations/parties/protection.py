"""The second net, in the database: row level security, rights of the roles, guards of the states.

Applied after each migrate from what the *catalogue* of the database says, never from a list kept by hand: a table with
a ``circle_id`` is protected because it has one, the history tables included. All statements can be run again.

Row level security is enabled, **not forced**: forced, the owner's data migrations update nothing without a word and
``pg_dump`` writes no row. The application never connects as the owner (it refuses to start).
"""

from __future__ import annotations

from django.db import connection
from django.db.backends.utils import CursorWrapper

from avenant.domain.lifecycles import Lifecycle

OWNER, APPLICATION, SYSTEM = "avenant_owner", "avenant_app", "avenant_system"

MEMBERS = "parties_circlemember"
CIRCLES = "parties_circle"

FUNCTIONS = """
CREATE OR REPLACE FUNCTION my_organisation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.organisations', true), '')::uuid $$;

-- The day of the act, as the door gives it; without a door, the day of the database.
CREATE OR REPLACE FUNCTION acting_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('app.day', true), '')::date, current_date) $$;

-- Inside a definer function current_user is the owner: the caller is the role that was set, else the one that signed in.
CREATE OR REPLACE FUNCTION acting_for_platform() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('role'), 'none'), session_user::text) IN ('avenant_owner', 'avenant_system')
$$;

-- The one way to make a circle: the application role may not insert into circles, or it could join any of them.
-- One's own organisation must be among the members; jobs of the platform (system role) are exempt.
CREATE OR REPLACE FUNCTION open_circle(circle uuid, kind text, title text, organisations uuid[], roles text[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT acting_for_platform() AND NOT coalesce(my_organisation() = ANY (organisations), false) THEN
        RAISE EXCEPTION 'open_circle: the acting organisation is not among the members' USING ERRCODE = '42501';
    END IF;
    INSERT INTO parties_circle (id, kind, title) VALUES (circle, kind, title) ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN; -- somebody opened it at the same instant: its members are those it has
    END IF;
    INSERT INTO parties_circlemember (circle_id, organisation_id, role)
    SELECT circle, member.organisation, member.role FROM unnest(organisations, roles) AS member (organisation, role);
END $$;

-- A member may bring another organisation in; nobody can bring itself into a circle it is not in.
CREATE OR REPLACE FUNCTION admit_to_circle(circle uuid, organisation uuid, member_role text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT acting_for_platform() AND NOT EXISTS (
        SELECT 1 FROM parties_circlemember m
        WHERE m.circle_id = circle AND m.organisation_id = my_organisation() AND m.role <> 'auditor'
    ) THEN
        RAISE EXCEPTION 'admit_to_circle: the acting organisation is not a member' USING ERRCODE = '42501';
    END IF;
    IF member_role = 'auditor' THEN
        RAISE EXCEPTION 'admit_to_circle: an auditor is admitted for a time' USING ERRCODE = '42501';
    END IF;
    INSERT INTO parties_circlemember (circle_id, organisation_id, role) VALUES (circle, organisation, member_role)
    ON CONFLICT DO NOTHING;
END $$;

-- A party lets an organisation that is none read, from one day to another. False when it is a party already.
CREATE OR REPLACE FUNCTION admit_auditor(circle uuid, organisation uuid, first_day date, end_day date)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM parties_circlemember m
        WHERE m.circle_id = circle AND m.organisation_id = my_organisation() AND m.role <> 'auditor'
    ) THEN
        RAISE EXCEPTION 'admit_auditor: the acting organisation is not a party' USING ERRCODE = '42501';
    END IF;
    INSERT INTO parties_circlemember AS m (circle_id, organisation_id, role, starts_on, ends_on)
    VALUES (circle, organisation, 'auditor', first_day, end_day)
    ON CONFLICT (circle_id, organisation_id) DO UPDATE SET starts_on = first_day, ends_on = end_day
    WHERE m.role = 'auditor';
    RETURN FOUND;
END $$;

-- Any party ends it; so does the platform, the day after the last.
CREATE OR REPLACE FUNCTION dismiss_auditor(circle uuid, organisation uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT acting_for_platform() AND NOT EXISTS (
        SELECT 1 FROM parties_circlemember m
        WHERE m.circle_id = circle AND m.organisation_id = my_organisation() AND m.role <> 'auditor'
    ) THEN
        RAISE EXCEPTION 'dismiss_auditor: the acting organisation is not a party' USING ERRCODE = '42501';
    END IF;
    DELETE FROM parties_circlemember m
    WHERE m.circle_id = $1 AND m.organisation_id = $2 AND m.role = 'auditor';
END $$;

REVOKE EXECUTE ON FUNCTION open_circle(uuid, text, text, uuid[], text[]), admit_to_circle(uuid, uuid, text),
admit_auditor(uuid, uuid, date, date), dismiss_auditor(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_circle(uuid, text, text, uuid[], text[]), admit_to_circle(uuid, uuid, text),
admit_auditor(uuid, uuid, date, date), dismiss_auditor(uuid, uuid) TO avenant_app, avenant_system;
"""

GRANTS = """
GRANT USAGE ON SCHEMA public TO avenant_app, avenant_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO avenant_app, avenant_system;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO avenant_app, avenant_system;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO avenant_app, avenant_system;
REVOKE TRUNCATE ON ALL TABLES IN SCHEMA public FROM avenant_app, avenant_system;
REVOKE INSERT, UPDATE, DELETE ON parties_circle, parties_circlemember FROM avenant_app, avenant_system;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM avenant_app, avenant_system;
"""

PROTECTED = """
SELECT c.relname,
       bool_or(a.attname = 'private_to_id') AS private,
       bool_or(a.attname = 'private_to_id' AND NOT a.attnotnull) AS shareable,
       bool_or(a.attname = 'circle_id' AND NOT a.attnotnull) AS optional,
       bool_or(a.attname = 'owner_id') AS owned,
       c.relname LIKE '%%event' AND bool_or(a.attname = 'pgh_id') AS history
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND c.relname <> %s
GROUP BY c.relname HAVING bool_or(a.attname = 'circle_id') ORDER BY c.relname
"""

# What everybody reads (a published call, the catalogue of schemes) names its owner too.
OWNED_IN_PUBLIC = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
GROUP BY c.relname
HAVING bool_or(a.attname = 'owner_id') AND NOT bool_or(a.attname IN ('circle_id', 'pgh_id')) ORDER BY c.relname
"""

# Rows that nobody may rewrite, whatever the code does: the journal, and what was handed in.
APPEND_ONLY = (
    "journal_event",
    "journal_dailyseal",
    "journal_sealedevent",
    "declarations_submission",
    "declarations_declaredvalue",
    "calls_callversion",
    "dossiers_submission",
    "reports_handin",
    "reports_settlement",
    "allocation_movement",
)
# What the web reads and never adds to: the platform's own job makes it.
JOBS_ONLY = ("journal_dailyseal", "journal_sealedevent")


# A row that names its owner is changed by it alone, as soon as its table has an ``owner_id``: the others read it. But
# for these, where another party acts on the row in its turn; there a lifecycle and the services say who, and when.
IN_TURN = {
    "allocation_envelope": "what is received is its giver's to change: two pens, guarded below",
    "calls_publishedcall": "who hands a dossier in takes its next number",
    "consolidation_reviewitem": "its owner is who will do it; the parties write the review together",
    "declarations_part": "the authority sends back, validates and consolidates what its owner hands in",
    "dossiers_dossier": "the authority judges what the establishment hands in",
    "meetings_committeedecision": "the secretariat also says what became of it",
    "reviews_instruction": "the opinion that comes last opens them all",
    "reviews_supplement": "the establishment answers what the authority asks",
}
# A trigger, not a policy: a policy of UPDATE would also hide the row from who locks it to be told why he may not.
OWNER_GUARD = """
CREATE OR REPLACE FUNCTION guard_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'avenant_app' AND OLD.owner_id IS DISTINCT FROM my_organisation() THEN
        RAISE EXCEPTION '%: its owner alone changes it', TG_TABLE_NAME USING ERRCODE = '42501';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

# A received envelope is one row with two pens: its amount is its giver's, what is taken on it its owner's. Of any other
# its owner holds both.
SHARED_ENVELOPE = "allocation_envelope"
TWO_PENS = f"""
CREATE OR REPLACE FUNCTION guard_envelope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'avenant_app' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF coalesce(OLD.giver_id, OLD.owner_id) IS DISTINCT FROM my_organisation() THEN
            RAISE EXCEPTION 'allocation_envelope: who made it alone deletes it' USING ERRCODE = '42501';
        END IF;
        RETURN OLD;
    END IF;
    IF (OLD.delegated, OLD.held) IS DISTINCT FROM (NEW.delegated, NEW.held)
    AND OLD.owner_id IS DISTINCT FROM my_organisation() THEN
        RAISE EXCEPTION 'allocation_envelope: its owner alone draws on it' USING ERRCODE = '42501';
    END IF;
    IF to_jsonb(OLD) - ARRAY['delegated', 'held'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['delegated', 'held']
    AND coalesce(OLD.giver_id, OLD.owner_id) IS DISTINCT FROM my_organisation() THEN
        RAISE EXCEPTION 'allocation_envelope: who gave it alone changes it' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS guard_envelope ON {SHARED_ENVELOPE};
CREATE TRIGGER guard_envelope BEFORE UPDATE OR DELETE ON {SHARED_ENVELOPE}
FOR EACH ROW EXECUTE FUNCTION guard_envelope();
"""


# What an auditor writes all the same: that it has acknowledged professional secrecy.
READERS_OWN = ("secrecy_acknowledgement",)
# A membership with days is one on those days only: every other policy asks this one.
_ON_ITS_DAYS = (
    "organisation_id = my_organisation() AND (starts_on IS NULL OR starts_on <= acting_day()) "
    "AND (ends_on IS NULL OR ends_on > acting_day())"
)


# Everyone adds; an organisation reads what its own people did; only the platform's purge deletes; nobody rewrites.
SECURITY_LOG = """
ALTER TABLE accounts_securityentry ENABLE ROW LEVEL SECURITY;
REVOKE UPDATE, DELETE ON accounts_securityentry FROM avenant_app;
REVOKE UPDATE ON accounts_securityentry FROM avenant_system;
DROP POLICY IF EXISTS adding ON accounts_securityentry;
DROP POLICY IF EXISTS own ON accounts_securityentry;
DROP POLICY IF EXISTS platform ON accounts_securityentry;
CREATE POLICY adding ON accounts_securityentry FOR INSERT TO avenant_app WITH CHECK (true);
CREATE POLICY own ON accounts_securityentry FOR SELECT TO avenant_app USING (organisation_id = my_organisation());
CREATE POLICY platform ON accounts_securityentry TO avenant_system USING (true) WITH CHECK (true);
"""

# Who works where is read by all (a notice, an agenda, a signature name people of other institutions): it is not written
# by all. Acting for an organisation, one writes its own people; acting for none (a sign-in, an invitation that is
# accepted), the services alone decide. docs/adr/people-are-read-by-all-and-written-by-their-own.md
PEOPLE = {
    "parties_membership": "parties_membership.organisation_id = my_organisation()",
    "accounts_invitation": "accounts_invitation.organisation_id = my_organisation()",
    "accounts_proposal": "accounts_proposal.organisation_id = my_organisation()",
    "accounts_delegation": (
        "EXISTS (SELECT 1 FROM parties_membership p WHERE p.id = accounts_delegation.lender_id "
        "AND p.organisation_id = my_organisation())"
    ),
}

# The platform's job lists what has reached its term; the web gives a visa, and changes nothing else of the list.
ELIMINATIONS = """
REVOKE INSERT, UPDATE, DELETE ON secrecy_elimination FROM avenant_app;
GRANT UPDATE (approved_by_id, approved_at, remark) ON secrecy_elimination TO avenant_app;
"""


def protect_database() -> None:
    """Give the roles their rights, protect every confidential table, guard every state. Run as the owner."""
    from avenant.foundations.journal.states import guarded_tables  # tables are known once every app is loaded

    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", [[APPLICATION, SYSTEM]])
        if cursor.rowcount < 2:
            return  # a bare database (a developer's own): there is nobody to protect from
        cursor.execute(FUNCTIONS)
        cursor.execute(GRANTS)
        cursor.execute("SELECT to_regclass(t) IS NOT NULL FROM unnest(%s::text[]) AS t", [list(APPEND_ONLY)])
        for table, (exists,) in zip(APPEND_ONLY, cursor.fetchall(), strict=True):
            if exists:
                cursor.execute(f"REVOKE UPDATE, DELETE ON {table} FROM avenant_app, avenant_system")
        for table in JOBS_ONLY:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
            if cursor.fetchone()[0]:
                cursor.execute(f"REVOKE INSERT ON {table} FROM avenant_app")
        _protect_what_has_no_circle(cursor)
        cursor.execute(OWNER_GUARD)
        _guard_pens(cursor)
        _protect(cursor, CIRCLES, _member_of(CIRCLES, "id"))
        _protect(cursor, MEMBERS, _ON_ITS_DAYS)
        cursor.execute(PROTECTED, [MEMBERS])
        for table, private, shareable, optional, owned, history in cursor.fetchall():
            _protect(cursor, table, _predicate(table, private=private, shareable=shareable, optional=optional))
            _keep_auditors_reading(cursor, table)
            if history:
                cursor.execute(f"REVOKE UPDATE, DELETE ON {table} FROM avenant_app, avenant_system")
            elif owned:
                _guard_owner(cursor, table)
        _guard_owners_in_public(cursor)
        for table, lifecycle in guarded_tables():
            cursor.execute(state_guard(table, lifecycle))


def _exists(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
    return bool(cursor.fetchone()[0])


def _protect_what_has_no_circle(cursor: CursorWrapper) -> None:
    if _exists(cursor, "accounts_securityentry"):
        cursor.execute(SECURITY_LOG)
    if _exists(cursor, "secrecy_elimination"):
        cursor.execute(ELIMINATIONS)
    for table, own in PEOPLE.items():
        _protect_people(cursor, table, own)


def _guard_owner(cursor: CursorWrapper, table: str) -> None:
    cursor.execute(f"DROP TRIGGER IF EXISTS guard_owner ON {table}")
    if table not in IN_TURN:
        cursor.execute(
            f"CREATE TRIGGER guard_owner BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION guard_owner()"
        )


def _guard_owners_in_public(cursor: CursorWrapper) -> None:
    cursor.execute(OWNED_IN_PUBLIC)
    for (table,) in cursor.fetchall():
        _guard_owner(cursor, table)


def _guard_pens(cursor: CursorWrapper) -> None:
    if _exists(cursor, SHARED_ENVELOPE):
        cursor.execute(TWO_PENS)


def _protect_people(cursor: CursorWrapper, table: str, own: str) -> None:
    """Everybody reads; who acts for an organisation adds, changes and deletes the rows of that organisation only."""
    if not _exists(cursor, table):
        return
    allowed = f"(my_organisation() IS NULL OR {own})"
    cursor.execute(f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS reading ON {table};
        DROP POLICY IF EXISTS adding ON {table};
        DROP POLICY IF EXISTS changing ON {table};
        DROP POLICY IF EXISTS deleting ON {table};
        DROP POLICY IF EXISTS platform ON {table};
        CREATE POLICY reading ON {table} FOR SELECT TO avenant_app USING (true);
        CREATE POLICY adding ON {table} FOR INSERT TO avenant_app WITH CHECK ({allowed});
        CREATE POLICY changing ON {table} FOR UPDATE TO avenant_app USING ({allowed}) WITH CHECK ({allowed});
        CREATE POLICY deleting ON {table} FOR DELETE TO avenant_app USING ({allowed});
        CREATE POLICY platform ON {table} TO avenant_system USING (true) WITH CHECK (true);
    """)


def _member_of(table: str, column: str) -> str:
    # The column carries its table's name: a bare ``circle_id`` would be the member's own, and the test always true.
    return (
        f"EXISTS (SELECT 1 FROM {MEMBERS} m "  # noqa: S608
        f"WHERE m.circle_id = {table}.{column} AND m.organisation_id = my_organisation())"
    )


def _predicate(table: str, *, private: bool, shareable: bool, optional: bool) -> str:
    condition = _member_of(table, "circle_id")
    if optional:
        condition = f"({table}.circle_id IS NULL OR {condition})"
    if not private:
        return condition
    mine = f"{table}.private_to_id = my_organisation()"
    # Where the column may be empty, an empty one says that the owner has shared the row with its circle.
    return f"({table}.private_to_id IS NULL OR {mine}) AND {condition}" if shareable else f"{mine} AND {condition}"


def _protect(cursor: CursorWrapper, table: str, condition: str) -> None:
    cursor.execute(f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS members ON {table};
        DROP POLICY IF EXISTS platform ON {table};
        CREATE POLICY members ON {table} TO avenant_app USING ({condition}) WITH CHECK ({condition});
        CREATE POLICY platform ON {table} TO avenant_system USING (true) WITH CHECK (true);
    """)


def _keep_auditors_reading(cursor: CursorWrapper, table: str) -> None:
    """Who is in a circle as an auditor adds, changes and deletes nothing there. Reading asks no more than before."""
    if table in READERS_OWN:
        return
    allowed = (
        f"NOT EXISTS (SELECT 1 FROM {MEMBERS} m WHERE m.circle_id = {table}.circle_id "  # noqa: S608
        "AND m.organisation_id = my_organisation() AND m.role = 'auditor')"
    )
    cursor.execute(f"""
        DROP POLICY IF EXISTS auditors_add_nothing ON {table};
        DROP POLICY IF EXISTS auditors_change_nothing ON {table};
        DROP POLICY IF EXISTS auditors_delete_nothing ON {table};
        CREATE POLICY auditors_add_nothing ON {table} AS RESTRICTIVE FOR INSERT TO avenant_app WITH CHECK ({allowed});
        CREATE POLICY auditors_change_nothing ON {table} AS RESTRICTIVE FOR UPDATE TO avenant_app USING ({allowed});
        CREATE POLICY auditors_delete_nothing ON {table} AS RESTRICTIVE FOR DELETE TO avenant_app USING ({allowed});
    """)


def state_guard(table: str, lifecycle: Lifecycle) -> str:
    """SQL of the trigger that refuses any state or move that ``lifecycle`` does not list.

    A plain trigger of ours: one of ``pgtrigger`` could be switched off by ``pgtrigger.ignore``.
    """
    moves = ", ".join(f"('{source}', '{target}')" for source, target in sorted(lifecycle.moves()))
    return f"""
        CREATE OR REPLACE FUNCTION {table}_guard_state() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' AND NEW.state <> '{lifecycle.start}' THEN
                RAISE EXCEPTION '{lifecycle.name}: a new row starts as {lifecycle.start}, not %', NEW.state USING ERRCODE = '23514';
            ELSIF TG_OP = 'UPDATE' AND NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (VALUES {moves}) THEN
                RAISE EXCEPTION '{lifecycle.name}: no step from % to %', OLD.state, NEW.state USING ERRCODE = '23514';
            END IF;
            RETURN NEW;
        END $$;
        DROP TRIGGER IF EXISTS guard_state ON {table};
        CREATE TRIGGER guard_state BEFORE INSERT OR UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {table}_guard_state();
    """


def refuse_powerful_role() -> None:
    """Raise when this process connects as a role that row level security does not bind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        name, powerful = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user AND tablename = %s", [CIRCLES])
        owner = bool(cursor.fetchone()[0])
    if powerful or owner:
        raise RuntimeError(f"Role {name!r} bypasses row level security: connect as {APPLICATION} or {SYSTEM}.")
