using PgSplit.Control;
using PgSplit.Mapping;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>A small help desk of a monolith, and a map that changes its shape on the way: keys, names, columns, and rows that stay behind.</summary>
static class ShapeWorld
{
    public const string HelpDesk =
        """
        CREATE TABLE users_user (id serial PRIMARY KEY, email text NOT NULL, full_name text, deleted_at timestamptz);
        CREATE UNIQUE INDEX users_email ON users_user (email);
        CREATE TABLE tickets_ticket (id bigserial PRIMARY KEY, requester_id int REFERENCES users_user ON DELETE SET NULL, title text NOT NULL, tags_csv text NOT NULL DEFAULT '', minutes int CHECK (minutes >= 0), body text);
        CREATE INDEX tickets_open ON tickets_ticket (title) WHERE minutes IS NULL;
        CREATE TABLE tickets_comment (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ticket_id bigint NOT NULL REFERENCES tickets_ticket ON DELETE CASCADE, line text);
        CREATE TABLE ledger (client int, seq int, value int, PRIMARY KEY (client, seq));
        CREATE TABLE counters (id int PRIMARY KEY, n bigint NOT NULL);
        COMMENT ON COLUMN tickets_ticket.title IS 'what it is about';
        INSERT INTO users_user (email, full_name, deleted_at) SELECT 'u' || g || '@example.org', 'User ' || g, CASE WHEN g > 180 THEN now() END FROM generate_series(1, 200) g;
        INSERT INTO tickets_ticket (requester_id, title, tags_csv, minutes, body) SELECT 1 + g % 180, 'ticket ' || g, 'a,b' || g % 7, nullif(g % 50, 0), repeat('long ', g % 3 * 900) FROM generate_series(1, 1000) g;
        INSERT INTO tickets_comment (ticket_id, line) SELECT 1 + g % 1000, 'comment ' || g FROM generate_series(1, 2000) g;
        INSERT INTO counters SELECT g, 0 FROM generate_series(1, 20) g;
        """;

    /// <summary>Everything at once, with a way back.</summary>
    public const string Everything =
        """
        users_user:
          to: people
          key: uuid
          where: "deleted_at IS NULL"
          columns:
            full_name: { to: name }
        tickets_ticket:
          to: desk.tickets
          key: uuid
          columns:
            tags: { sql: "string_to_array(tags_csv, ',')", inverse: "pgsplit.join(tags, ',')" }
            tags_csv: { drop: true }
            minutes: { to: seconds, sql: "minutes * 60", inverse: "seconds / 60" }
        tickets_comment:
          key: uuid
        ledger:
        counters:
        """;

    /// <summary>The move of a map's one service, with tables written as in a map.</summary>
    public static async Task<MoveWorld> CreateAsync(string tables = Everything, string schema = HelpDesk, bool twoClusters = false)
    {
        var world = await MoveWorld.CreateAsync(twoClusters, schema);
        world.Definition = Definition(world, tables);
        return world;
    }

    public static Map MapOf(MoveWorld world, string tables) => Map.Parse(
        $"""
        source: postgres://me@db/s
        services:
          desk:
            target: postgres://me@db/t
            tables:
        {string.Join('\n', tables.Split('\n').Select(l => "      " + l))}
        """, "map.yaml") is var map ? map with { Source = world.Pair.Source.Address, Services = [.. map.Services.Select(s => s with { Move = Here(world, s.Move) })] } : null!;

    public static MoveDefinition Definition(MoveWorld world, string tables) => MapOf(world, tables).Service();

    static MoveDefinition Here(MoveWorld world, MoveDefinition move) => move with
    {
        Id = world.Pair.Source.Address.Database,
        Source = world.Pair.Source.Address,
        Target = world.Pair.Target.Address,
        Options = new MoveOptions { PauseBudget = TimeSpan.FromMinutes(1) },
    };

    /// <summary>A query's one text on the target is what another is on the source.</summary>
    public static async Task ShouldBeAsync(this DatabasePair pair, string onTarget, string onSource) =>
        (await pair.FromTargetAsync<string>($"SELECT coalesce(string_agg(x::text, E'\\n' ORDER BY x::text COLLATE \"C\"), '') FROM ({onTarget}) x"))
            .ShouldBe(await pair.FromSourceAsync<string>($"SELECT coalesce(string_agg(x::text, E'\\n' ORDER BY x::text COLLATE \"C\"), '') FROM ({onSource}) x"));

    /// <summary>The key of a row of the source, as the source would compute it.</summary>
    public static string Key(string table, string old) => Shape.UuidKey.Sql(new QualifiedName("public", table), old);

    /// <summary>Both sides say the same of people, tickets and comments, by an oracle of its own: written out, not taken from the engine.</summary>
    /// <param name="whereverOpen">Rows that the target's clients wrote against the condition are left out of account.</param>
    public static async Task ShouldBeInShapeAsync(this DatabasePair pair, bool whereverOpen = false)
    {
        await pair.ShouldBeAsync(
            "SELECT id, email, name, deleted_at FROM people" + (whereverOpen ? " WHERE deleted_at IS NULL" : ""),
            $"SELECT {Key("users_user", "id")}, email, full_name, deleted_at FROM users_user WHERE deleted_at IS NULL");
        await pair.ShouldBeAsync(
            "SELECT id, requester_id, title, tags, seconds, body FROM desk.tickets",
            $"SELECT {Key("tickets_ticket", "id")}, {Key("users_user", "requester_id")}, title, string_to_array(tags_csv, ','), minutes * 60, body FROM tickets_ticket");
        await pair.ShouldBeAsync(
            "SELECT id, ticket_id, line FROM tickets_comment",
            $"SELECT {Key("tickets_comment", "id")}, {Key("tickets_ticket", "ticket_id")}, line FROM tickets_comment");
    }
}
