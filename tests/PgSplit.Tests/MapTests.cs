using System.Text.Json;
using PgSplit.Control;
using PgSplit.Mapping;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit.Tests;

public sealed class MapTests
{
    const string Good =
        """
        source: postgres://me@db/monolith
        services:
          tickets:
            target: postgres://me@db/tickets
            tables: [tickets_ticket, crm.deal, '"Odd.name"']
            lock_first: [crm.deal]
            hooks:
              - { when: before-fence, pgbouncer: "postgres://admin@bouncer:6432/pgbouncer", database: app, timeout: 2s }
              - { when: after-open, url: "https://deploy.example.org/moved" }
            options: { pause_budget: 500ms, workers: 4, chunk_size: 64MB, group_size: 1.5GB, wal_budget: 2GB, verification_valid_for: 2d }
          users:
            target: postgres://me@db/users
            tables:
              users_user: {}
              users_team:
        ignore: [django_*, "audit.log"]
        """;

    [Fact]
    public void A_map_becomes_moves_with_their_options()
    {
        var map = Map.Parse(Good, "map.yaml");

        var move = map.Service("tickets");
        move.Tables.ShouldBe([new QualifiedName("public", "tickets_ticket"), new QualifiedName("crm", "deal"), new QualifiedName("public", "Odd.name")]);
        move.LockFirst.ShouldBe([new QualifiedName("crm", "deal")]);
        move.Hooks.Select(h => h.When).ShouldBe([HookMoment.BeforeFence, HookMoment.AfterOpen]);
        move.Hooks[0].Timeout.ShouldBe(TimeSpan.FromSeconds(2));
        move.Hooks[0].PgBouncerDatabase.ShouldBe("app");
        move.Options.ShouldBe(new MoveOptions
        {
            PauseBudget = TimeSpan.FromMilliseconds(500), Workers = 4, ChunkBytes = 64L << 20, GroupBytes = 3L << 29, WalBudgetBytes = 2L << 30, VerificationValidFor = TimeSpan.FromDays(2),
        });
        map.Service("users").Tables.Count.ShouldBe(2);
        map.Service("users").Options.ShouldBe(new MoveOptions());
        map.Ignore.Count(i => i.Matches(new QualifiedName("public", "django_session")) || i.Matches(new QualifiedName("audit", "log"))).ShouldBe(2);
        map.Warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("tables: [a]", "tables: [a, b, a]", "5: table a is named twice, first in line 5")]
    [InlineData("tables: [a]", "tables: { a: {}, b: , a: {} }", "5: table a is named twice, first in line 5")]
    [InlineData("tables: [a]", "tables: [a]\n  y: { target: postgres://me@db/y, tables: [public.a] }", "6: table a is in two services, y and x (line 5)")]
    [InlineData("tables: [a]", "tables: [a]\nignore: [a]", "6: table a is ignored here and moved by service x (line 5)")]
    [InlineData("tables: [a]", "tabels: [a]", "5: service x has no key tabels; did you mean tables?")]
    [InlineData("tables: [a]", "colour: red\n    tables: [a]", "5: service x has no key colour; it has: target, tables, lock_first, hooks, options")]
    [InlineData("tables: [a]", "tables: []", "5: service x has no tables")]
    [InlineData("tables: [a]", "tables: a", "5: tables is a list of names")]
    [InlineData("tables: [a]", "tables: [a.b.c]", "5: 'a.b.c' is no name of a table: write name, schema.name, or quoted parts as '\"Odd name\"'")]
    [InlineData("tables: [a]", "options: {}", "3: service x lacks tables")]
    [InlineData("tables: [a]", "tables: { a: { key: int } }", "5: key is uuid, or left out")]
    [InlineData("tables: [a]", "tables: { a: { unique: [{ columns: [b], duplicates: forget }] } }", "5: duplicates is one of keep_first, suffix, set_null, quarantine")]
    [InlineData("tables: [a]", "tables: { a: { unique: [{ columns: [b] }] } }", "5: unique lacks duplicates")]
    [InlineData("tables: [a]", "tables: { a: { unique: [{ columns: [b], duplicates: suffix, column: c }] } }", "5: column is one of the columns: b")]
    [InlineData("tables: [a]", "tables: { a: { unfit: forget } }", "5: unfit is quarantine, or left out")]
    [InlineData("tables: [a]", "tables: { a: { where: } }", "5: table a says where, and nothing after it")]
    [InlineData("tables: [a]", "tables: { a: { keys: uuid } }", "5: table a has no key keys; did you mean key?")]
    [InlineData("tables: [a]", "tables:\n      a:\n        columns: { c: { sqll: 'upper(c)' } }", "7: column c has no key sqll; did you mean sql?")]
    [InlineData("tables: [a]", "tables:\n      a:\n        columns:\n          c: {}", "8: column c says nothing: leave it out, and it stays as it is")]
    [InlineData("tables: [a]", "tables:\n      a:\n        columns:\n          c: { drop: true, to: d }", "8: drop and to don't go together")]
    [InlineData("tables: [a]", "tables:\n      a:\n        columns:\n          c: { to: d, inverse: d }", "8: inverse goes with sql or drop: what is only renamed has its own")]
    [InlineData("tables: [a]", "tables:\n      a:\n        columns:\n          c: { on_delete: detach }", "8: on_delete goes with references")]
    [InlineData("tables: [a]", "tables:\n      a:\n        columns:\n          c: { references: b }", "8: c references b, which no service of this map moves")]
    [InlineData("tables: [a]", "tables:\n      a:\n        columns:\n          c: { references: a, on_delete: forget }", "8: on_delete is one of restrict, detach, cascade")]
    [InlineData("tables: [a]", "tables:\n      a: { to: c }\n      b: { to: c }", "7: a and b would both be c on the target")]
    [InlineData("tables: [a]", "tables:\n      a: { key: uuid }\n  y: { target: postgres://me@db/y, tables: [b] }", "6: a map that changes keys has one target, for keys are recorded there: move into one database first, and apart from there")]
    [InlineData("tables: [a]", "tables: [a]\n    lock_first: [b]", "6: lock_first names b, which is no table of this service")]
    [InlineData("tables: [a]", "tables: [a]\n    options: { pause_budget: 1 }", "6: pause_budget is a duration with its unit (ms, s, min, h, d), as 1s or 24h")]
    [InlineData("tables: [a]", "tables: [a]\n    options: { chunk_size: big }", "6: chunk_size is a size with its unit (kB, MB, GB, TB), as 256MB")]
    [InlineData("tables: [a]", "tables: [a]\n    options: { workers: 0 }", "6: workers is a number from 1 to 64")]
    [InlineData("tables: [a]", "tables: [a]\n    hooks: [{ when: later, command: x }]", "6: when is one of pre, before-fence, after-open, aborted")]
    [InlineData("tables: [a]", "tables: [a]\n    hooks: [{ when: pre }]", "6: a hook has exactly one of command, url and pgbouncer")]
    [InlineData("tables: [a]", "tables: [a]\n    hooks: [{ when: pre, url: 'ftp://x' }]", "6: url is an http:// or https:// URL")]
    [InlineData("tables: [a]", "tables: [a", "6: While parsing a flow sequence, did not find expected ',' or ']'.")]
    [InlineData("  x:\n", "  X-1:\n", "3: 'X-1' is no name for a service: a small letter, then up to 39 small letters, digits and _")]
    [InlineData("source: postgres://me@db/s\n", "", "1: the map lacks source")]
    [InlineData("postgres://me@db/s", "mysql://me@db/s", "1: source: an address is no postgres:// URL, no service=NAME and no env:NAME; write postgres://user@host:5432/database")]
    [InlineData("postgres://me@db/s", "env:PGSPLIT_NOT_SET", "1: source: the environment variable PGSPLIT_NOT_SET is not set; set PGSPLIT_NOT_SET to postgres://user@host/database")]
    [InlineData("postgres://me@db/x", "postgres://me@db", "4: target: an address names no database; write postgres://user@host:5432/database")]
    public void What_is_wrong_with_a_map_is_told_with_its_line(string good, string bad, string message)
    {
        const string map = "source: postgres://me@db/s\nservices:\n  x:\n    target: postgres://me@db/x\n    tables: [a]\n";
        map.ShouldContain(good);

        var refused = Should.Throw<PgSplitException>(() => Map.Parse(map.Replace(good, bad, StringComparison.Ordinal), "map.yaml"));

        refused.Message.ShouldBe($"map.yaml:{message}");
        refused.ExitCode.ShouldBe(ExitCode.BadInput);
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once_in_the_order_of_the_lines()
    {
        var refused = Should.Throw<PgSplitException>(() => Map.Parse(
            """
            sorce: postgres://me@db/s
            services:
              a: { target: "postgres://me@db/a", tables: [t, t] }
              b: { target: nowhere, tables: [t] }
            """, "my map.yaml"));

        refused.Message.Split('\n').ShouldBe(
        [
            "my map.yaml:1: the map has no key sorce; did you mean source?",
            "my map.yaml:3: table t is named twice, first in line 3",
            "my map.yaml:4: target: an address is no postgres:// URL, no service=NAME and no env:NAME; write postgres://user@host:5432/database",
            "my map.yaml:4: table t is in two services, b and a (line 3)",
        ]);
    }

    [Fact]
    public void A_map_says_how_tables_change_their_shape()
    {
        var map = Map.Parse(
            """
            source: postgres://me@db/monolith
            services:
              users: { target: postgres://me@db/hdms, tables: { users_user: { key: uuid } } }
              tickets:
                target: postgres://me@db/hdms
                tables:
                  tickets_ticket:
                    to: desk.tickets
                    where: "deleted_at IS NULL"
                    columns:
                      requester_id: { references: users_user, on_delete: detach }
                      tags: { sql: "string_to_array(tags_csv, ',')" }
                      tags_csv: { drop: true, inverse: "array_to_string(tags, ',')" }
                      old_name: { to: new_name }
                  tickets_comment:
            """, "map.yaml");

        var move = map.Service("tickets");
        var shape = move.Shapes.ShouldHaveSingleItem().Value;
        shape.ShouldSatisfyAllConditions(s => s.To.ShouldBe(new QualifiedName("desk", "tickets")), s => s.Where.ShouldBe("deleted_at IS NULL"), s => s.UuidKey.ShouldBeFalse(), s => s.Line.ShouldBe(7));
        shape.Columns.Select(c => c with { Line = 0 }).ShouldBe(
        [
            new ColumnShape("requester_id") { References = new QualifiedName("public", "users_user"), OnDelete = OnDelete.Detach },
            new ColumnShape("tags") { Sql = "string_to_array(tags_csv, ',')" },
            new ColumnShape("tags_csv") { Drop = true, Inverse = "array_to_string(tags, ',')" },
            new ColumnShape("old_name") { To = "new_name" },
        ]);
        move.UuidTables.ShouldBe([new QualifiedName("public", "users_user")]);
        move.TargetTables.ShouldBe([new QualifiedName("desk", "tickets"), new QualifiedName("public", "tickets_comment")]);
    }

    [Fact]
    public void A_password_in_a_map_is_allowed_and_warned_of_and_never_shown()
    {
        var map = Map.Parse("source: postgres://me:hush@db/s\nservices: { x: { target: 'postgres://me@db/x', tables: [a] } }", "map.yaml");

        map.Warnings.Single().Line.ShouldBe(1);
        map.Warnings.Single().Remedy.ShouldContain("PGPASSFILE");
        map.Source.ToString().ShouldBe("postgres://me@db/s");
    }

    [Fact]
    public void A_wrong_address_is_refused_without_showing_its_password() =>
        Should.Throw<PgSplitException>(() => Map.Parse("source: mysql://me:hush@db/s\nservices: { x: { target: 'postgres://me@db/x', tables: [a] } }", "map.yaml"))
            .Message.ShouldNotContain("hush");

    [Fact]
    public void A_service_need_not_be_named_where_there_is_only_one()
    {
        var one = Map.Parse("source: postgres://me@db/s\nservices: { x: { target: 'postgres://me@db/x', tables: [a] } }", "map.yaml");
        var two = Map.Parse(Good, "map.yaml");

        one.Service().Id.ShouldBe("x");
        Should.Throw<PgSplitException>(() => two.Service()).Message.ShouldBe("map.yaml has 2 services and none was named");
        Should.Throw<PgSplitException>(() => two.Service("user")).Remedy.ShouldBe("it has: tickets, users");
    }

    [Fact]
    public void A_map_that_is_not_there_is_told_by_its_name() =>
        Should.Throw<PgSplitException>(() => Map.Read("/nowhere/map.yaml")).Message.ShouldBe("there is no map /nowhere/map.yaml");

    [Theory]
    [InlineData("a", "public", "a")]
    [InlineData("Mixed", "public", "Mixed")]
    [InlineData("s.t", "s", "t")]
    [InlineData("\"a.b\".c", "a.b", "c")]
    [InlineData("\"say \"\"hi\"\"\"", "public", "say \"hi\"")]
    public void Names_of_tables_are_read_as_they_are_written(string text, string schema, string name)
    {
        TableName.TryParse(text, out var read).ShouldBeTrue();

        read.ShouldBe(new QualifiedName(schema, name));
        TableName.Write(read).ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.")]
    [InlineData(".a")]
    [InlineData("a.b.c")]
    [InlineData("\"a")]
    [InlineData("a\"b\"")]
    [InlineData("a b")]
    public void What_is_no_name_is_refused(string text) => TableName.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void The_schema_for_editors_knows_the_same_keys_as_the_parser()
    {
        using var schema = JsonDocument.Parse(MapSchema.Text);
        var parts = schema.RootElement.GetProperty("$defs");

        Keys(schema.RootElement).ShouldBe(MapKeys.Root, ignoreOrder: true);
        Keys(parts.GetProperty("service")).ShouldBe(MapKeys.Service, ignoreOrder: true);
        Keys(parts.GetProperty("tableSettings")).ShouldBe(MapKeys.Table, ignoreOrder: true);
        Keys(parts.GetProperty("unique")).ShouldBe(MapKeys.Unique, ignoreOrder: true);
        Keys(parts.GetProperty("column")).ShouldBe(MapKeys.Column, ignoreOrder: true);
        Keys(parts.GetProperty("hook")).ShouldBe(MapKeys.Hook, ignoreOrder: true);
        Keys(parts.GetProperty("options")).ShouldBe(MapKeys.Options, ignoreOrder: true);

        static IEnumerable<string> Keys(JsonElement part) => part.GetProperty("properties").EnumerateObject().Select(p => p.Name);
    }
}
