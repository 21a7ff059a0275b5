using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>The same tables on both sides, empty, and the stream from source to target, running.</summary>
sealed class StreamWorld : IAsyncDisposable
{
    StreamWorld(DatabasePair pair, StreamPlan plan, IReadOnlyList<Table> tables) => (Pair, Plan, Tables, Stream) = (pair, plan, tables, new ChangeStream(plan));

    public DatabasePair Pair { get; }
    public StreamPlan Plan { get; }
    public IReadOnlyList<Table> Tables { get; }
    public ChangeStream Stream { get; private set; }
    public bool Remembers { get; set; }

    public static async Task<StreamWorld> CreateAsync(string schema, params string[] tables)
    {
        var ct = CancellationToken.None;
        var pair = await DatabasePair.CreateAsync();
        await pair.OnSourceAsync(schema);
        await pair.OnTargetAsync(schema);
        await using var source = await pair.Source.OpenAsync("test", ct);
        await using var target = await pair.Target.OpenAsync("test", ct);
        await Journal.InstallAsync(source, ct);
        await Journal.InstallAsync(target, ct);
        var names = tables.Select(t => new QualifiedName("public", t)).ToList();
        var sending = await TableReader.ReadAsync(source, names, ct);
        var receiving = await TableReader.ReadAsync(target, names, ct);
        var id = pair.Source.Address.Database;
        await StreamObjects.PublishAsync(source, id, names, ct);
        var lsn = await StreamObjects.CreateSlotAsync(pair.Source, id + "_f", null, ct);
        await StreamObjects.CreateOriginAsync(target, id + "_f", lsn, ct);
        StreamWorld? world = null;
        var plan = new StreamPlan
        {
            MoveId = id,
            From = pair.Source,
            To = pair.Target,
            SendingSide = "S",
            Slot = id + "_f",
            Publication = id,
            Origin = id + "_f",
            DroppedOrigin = id + "_r",
            SendingSystem = await SlotCheck.SystemAsync(source, ct),
            Tables = names,
            Match = (name, columns) => sending.FirstOrDefault(t => t.Name == name) is { } from
                ? RelationMap.Match(name, columns, from, receiving.Single(t => t.Name == name), null, () => world!.Remembers)
                : null,
        };
        world = new StreamWorld(pair, plan, sending);
        world.Stream.Start();
        return world;
    }

    /// <summary>Until everything committed on the source so far is durable on the target.</summary>
    public async Task CaughtUpAsync() => await Stream.ReachedAsync(await BarrierAsync(), CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(3));

    public async Task<NpgsqlTypes.NpgsqlLogSequenceNumber> BarrierAsync()
    {
        await using var source = await Pair.Source.OpenAsync("test", CancellationToken.None);
        return await BarrierMessage.EmitAsync(source, Plan.MoveId, 1, CancellationToken.None);
    }

    /// <summary>The stream is stopped and another begun, as after a crash of the program.</summary>
    public async Task RestartAsync()
    {
        await Stream.DisposeAsync();
        Stream = new ChangeStream(Plan);
        Stream.Start();
    }

    /// <summary>Both sides' rows, as the server prints them.</summary>
    public async Task ShouldBeAlikeAsync()
    {
        foreach (var table in Tables.Where(t => t.Parent is null))
        {
            var all = $"SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\"), '') FROM {table.Name.Sql} t";
            (await Pair.FromTargetAsync<string>(all)).ShouldBe(await Pair.FromSourceAsync<string>(all), table.ToString());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        await using (var target = await Pair.Target.OpenAsync("test", CancellationToken.None))
            await StreamObjects.DropOriginAsync(target, Plan.Origin, CancellationToken.None);
        await using (var source = await Pair.Source.OpenAsync("test", CancellationToken.None))
            await StreamObjects.DropSlotAsync(source, Plan.Slot, CancellationToken.None);
        await Pair.DisposeAsync();
    }
}
