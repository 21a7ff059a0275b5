using System.Text.Json;
using Npgsql;
using PgSplit.Control;

namespace PgSplit.Tests;

/// <summary>A shop that has moved: the source is closed, and its clients don't know it yet.</summary>
public sealed class SwitchedWorld : IAsyncLifetime
{
    /// <summary>What clients of before have beside tables: a view that can be written to, and a function with its owner's rights.</summary>
    const string Beside =
        """
        CREATE VIEW payable AS SELECT id, customer_id, state FROM orders WHERE state = 'open';
        CREATE FUNCTION pay(bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ UPDATE orders SET state = 'paid' WHERE id = $1 $$;
        DROP ROLE IF EXISTS stale_app; CREATE ROLE stale_app LOGIN;
        """;

    internal MoveWorld World { get; private set; } = null!;
    internal Move Move { get; private set; } = null!;

    /// <summary>Opened before the switch, and by an application's name.</summary>
    internal NpgsqlConnection Pooled { get; private set; } = null!;

    internal NpgsqlConnection OldSnapshot { get; private set; } = null!;
    internal NpgsqlCommand Prepared { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        World = await MoveWorld.CreateAsync(schema: MoveWorld.Shop + Beside);
        await World.Pair.OnSourceAsync("GRANT USAGE ON SCHEMA public TO stale_app; GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO stale_app; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO stale_app");
        Move = await World.InSyncAsync();
        await Move.VerifyAsync(CancellationToken.None);
        Pooled = await OpenAsync();
        Prepared = new NpgsqlCommand("UPDATE counters SET n = n + 1 WHERE id = $1", Pooled) { Parameters = { new() { Value = 1 } } };
        await Prepared.PrepareAsync();
        (await Prepared.ExecuteNonQueryAsync()).ShouldBe(1);
        OldSnapshot = await OpenAsync();
        await RunAsync(OldSnapshot, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM customers");
        await Move.SwitchAsync(Side.Source, dryRun: false, 0, CancellationToken.None);
    }

    /// <summary>A session on the source by a role that is not the engine's.</summary>
    internal Task<NpgsqlConnection> OpenAsync(string user = "stale_app") => OpenAsync(World, user);

    internal static async Task<NpgsqlConnection> OpenAsync(MoveWorld world, string user, Side side = Side.Source)
    {
        var address = side == Side.Source ? world.Pair.Source.Address : world.Pair.Target.Address;
        var builder = new NpgsqlConnectionStringBuilder((await Hdms.Testing.TestCluster.SharedAsync()).ConnectionString(address.Database)) { SearchPath = "public", IncludeErrorDetail = true };
        if (user == "superuser")
            user = builder.Username!;
        var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync();
        if (user != builder.Username)
            await RunAsync(connection, $"SET SESSION AUTHORIZATION {user}");
        return connection;
    }

    internal static async Task RunAsync(NpgsqlConnection session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The refusal tells a program all it needs, and nothing was written.</summary>
    internal async Task ShouldBeToldTheRouteAsync(Func<Task> write)
    {
        var before = await RowsAsync();
        var refused = await Should.ThrowAsync<PostgresException>(write);
        refused.SqlState.ShouldBe("PS001");
        using var detail = JsonDocument.Parse(refused.Detail!);
        detail.RootElement.GetProperty("move").GetString().ShouldBe(World.Definition.Id);
        detail.RootElement.GetProperty("epoch").GetInt64().ShouldBe(2);
        detail.RootElement.GetProperty("owner").GetString().ShouldBe("T");
        detail.RootElement.GetProperty("address").GetString().ShouldBe(World.Pair.Target.Address.Route);
        (await RowsAsync()).ShouldBe(before);
    }

    async Task<string> RowsAsync() => string.Join(" ", await Task.WhenAll(MoveWorld.Tables.Select(t =>
        World.Pair.FromSourceAsync<string>($"SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {t} t"))));

    public async ValueTask DisposeAsync()
    {
        await Prepared.DisposeAsync();
        await Pooled.DisposeAsync();
        await OldSnapshot.DisposeAsync();
        await Move.DisposeAsync();
        await World.DisposeAsync();
    }
}
