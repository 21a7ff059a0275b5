using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Switch;

namespace PgSplit.Tests;

/// <summary>The rows written since a verification (PROTOCOL 1.7, V2).</summary>
public sealed class TouchedKeysTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task A_key_that_is_being_written_again_stays_and_nobody_waits_for_it()
    {
        await using var pair = await DatabasePair.CreateAsync();
        await using var reducing = await pair.Target.OpenAsync("reduce", Ct);
        await Journal.InstallAsync(reducing, Ct);
        await reducing.ExecuteAsync("INSERT INTO pgsplit.touched (move_id, schema, name, key, round) SELECT 'm', 'public', 't', ARRAY[g::text], 1 FROM generate_series(1, 3) g", Ct);
        await using var stream = await pair.Target.OpenAsync("stream", Ct);
        await using var writing = await stream.BeginTransactionAsync(Ct);
        await stream.ExecuteAsync("INSERT INTO pgsplit.touched (move_id, schema, name, key) VALUES ('m', 'public', 't', '{2}') ON CONFLICT (move_id, schema, name, key) DO UPDATE SET round = 0", Ct);

        await reducing.ExecuteAsync("SET lock_timeout = '5s'", Ct);
        (await TouchedKeys.ForgetComparedAsync(reducing, "m", Ct)).ShouldBe(2);

        await writing.CommitAsync(Ct);
        (await reducing.QueryAsync("SELECT key[1] FROM pgsplit.touched WHERE round = 0", r => r.GetString(0), Ct)).ShouldBe(["2"]);
        (await TouchedKeys.ForgetComparedAsync(reducing, "m", Ct)).ShouldBe(0);
    }
}
