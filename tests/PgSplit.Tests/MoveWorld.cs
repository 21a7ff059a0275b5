using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>A small shop on the source, and the move of it.</summary>
sealed class MoveWorld : IAsyncDisposable
{
    public const string Shop =
        """
        CREATE TYPE state AS ENUM ('open', 'paid');
        CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, at timestamptz DEFAULT now());
        CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers ON DELETE CASCADE, state state NOT NULL DEFAULT 'open', total numeric(10,2), note text);
        CREATE INDEX ON orders (customer_id) WHERE state = 'open';
        CREATE TABLE ledger (client int, seq int, value int, PRIMARY KEY (client, seq));
        CREATE TABLE counters (id int PRIMARY KEY, n bigint NOT NULL);
        CREATE TABLE log (line text, at timestamptz DEFAULT now());
        ALTER TABLE log REPLICA IDENTITY FULL;
        CREATE TABLE events (at date NOT NULL, id int, body jsonb, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
        CREATE TABLE events_a PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
        CREATE TABLE events_b PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE VIEW open_orders AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.state = 'open';
        INSERT INTO customers (name) SELECT 'customer ' || g FROM generate_series(1, 500) g;
        INSERT INTO orders (customer_id, total, note) SELECT 1 + g % 500, g * 1.25, repeat('n', g % 50) FROM generate_series(1, 3000) g;
        INSERT INTO counters SELECT g, 0 FROM generate_series(1, 20) g;
        INSERT INTO log SELECT 'line' FROM generate_series(1, 30);
        INSERT INTO events SELECT date '2025-06-01' + g, g, '{"a": 1}' FROM generate_series(1, 400) g;
        """;

    MoveWorld(DatabasePair pair) => Pair = pair;

    public DatabasePair Pair { get; }

    public static IReadOnlyList<string> Tables { get; } = ["customers", "orders", "ledger", "counters", "log", "events"];

    public MoveDefinition Definition { get; set; } = null!;

    /// <summary>What the engine has said.</summary>
    public List<string> Said { get; } = [];

    public static async Task<MoveWorld> CreateAsync(bool twoClusters = false, string schema = Shop) => await OfAsync(await DatabasePair.CreateAsync(twoClusters), schema);

    public static async Task<MoveWorld> CreateAsync(Hdms.Testing.TestCluster source, Hdms.Testing.TestCluster target, string schema = Shop) => await OfAsync(await DatabasePair.CreateAsync(source, target), schema);

    static async Task<MoveWorld> OfAsync(DatabasePair pair, string schema)
    {
        var world = new MoveWorld(pair);
        await world.Pair.OnSourceAsync(schema);
        world.Definition = new MoveDefinition
        {
            Id = world.Pair.Source.Address.Database,
            Source = world.Pair.Source.Address,
            Target = world.Pair.Target.Address,
            Tables = [.. Tables.Select(t => new QualifiedName("public", t))],
            // A busy test machine is no place for a tight budget.
            Options = new MoveOptions { PauseBudget = TimeSpan.FromMinutes(1) },
        };
        return world;
    }

    public async Task<Move> OpenAsync() =>
        await Move.TryOpenAsync(Definition, null, Said.Add, CancellationToken.None) ?? throw new InvalidOperationException("somebody else has the move");

    /// <summary>The move, copied and caught up.</summary>
    public async Task<Move> InSyncAsync()
    {
        var move = await OpenAsync();
        await move.PrepareAsync(CancellationToken.None);
        await move.CopyAsync(CancellationToken.None);
        return move;
    }

    public async Task<MoveStatus> StatusAsync() => (await TryStatusAsync())!;

    /// <summary>Null before the move has begun.</summary>
    public Task<MoveStatus?> TryStatusAsync() => StatusReader.ReadAsync(Definition, CancellationToken.None);

    public async Task ShouldBeAlikeAsync()
    {
        foreach (var table in Tables)
        {
            var all = $"SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")), '') FROM {table} t";
            (await Pair.FromTargetAsync<string>(all)).ShouldBe(await Pair.FromSourceAsync<string>(all), table);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await using (var source = await Pair.Source.OpenAsync("test", CancellationToken.None))
        await using (var target = await Pair.Target.OpenAsync("test", CancellationToken.None))
        {
            foreach (var (session, slot, other, origin) in new[] { (source, "f", target, "f"), (target, "r", source, "r") })
            {
                await Follow.StreamObjects.DropSlotAsync(session, $"{Definition.ObjectName}_{slot}", CancellationToken.None);
                await Follow.StreamObjects.DropOriginAsync(other, $"{Definition.ObjectName}_{origin}", CancellationToken.None);
            }
        }

        await Pair.DisposeAsync();
    }
}
