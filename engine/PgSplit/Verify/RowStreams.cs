using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Verify;

/// <summary>Rows of both sides, sent by both servers at once.</summary>
sealed class RowStreams(RowStream reading, RowStream receiving) : IAsyncDisposable
{
    public RowStream Reading { get; } = reading;
    public RowStream Receiving { get; } = receiving;

    /// <summary>Two statements COPY … TO STDOUT (FORMAT binary).</summary>
    public static async Task<RowStreams> OpenAsync(NpgsqlConnection reading, string fromReading, NpgsqlConnection receiving, string fromReceiving, CancellationToken ct)
    {
        var one = RawCopy.ReadAsync(reading, fromReading, binary: true, ct);
        var other = RawCopy.ReadAsync(receiving, fromReceiving, binary: true, ct);
        // Both are awaited whichever fails: no statement of ours may still run when the session goes on.
        await Task.WhenAll(one, other);
        return new RowStreams(new RowStream(await one), new RowStream(await other));
    }

    public async ValueTask DisposeAsync()
    {
        await Reading.DisposeAsync();
        await Receiving.DisposeAsync();
    }
}
