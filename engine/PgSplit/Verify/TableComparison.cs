using Npgsql;
using NpgsqlTypes;
using PgSplit.Catalog;

namespace PgSplit.Verify;

/// <summary>Compares one part of a table that has a key, row by row in the key's order, and keeps what differs.</summary>
static class TableComparison
{
    const int Batch = 500;

    /// <param name="progress">Called now and then with the rows and bytes compared since the last call.</param>
    public static async Task RunAsync(
        NpgsqlConnection reading, NpgsqlConnection receiving, VerifyState state, Table table, KeyRange range, NpgsqlLogSequenceNumber at,
        Action<long, long> progress, CancellationToken ct)
    {
        var shape = RowShape.Of(table);
        string Copy(bool ofReading) => $"COPY (SELECT {shape.Select} FROM {shape.From(ofReading)} t{RangePlan.Where(table, range)} ORDER BY {shape.OrderBy}) TO STDOUT (FORMAT binary)";
        var (batch, excusable) = (new List<Difference>(), new List<Difference>());
        var began = false;
        long rows;
        await using (var streams = await RowStreams.OpenAsync(reading, Copy(true), receiving, Copy(false), ct))
        {
            var merge = new RowMerge(streams.Reading, streams.Receiving, shape.Key, progress);
            await merge.RunAsync(async (kind, row, fields) =>
            {
                (kind == Excused.KindOf(table) ? excusable : batch).Add(new Difference(table.Name, shape.KeyTexts(row.Span), kind, [.. fields.Select(f => shape.Fields[f].Name)]));
                if (batch.Count == Batch)
                    await FlushAsync();
            }, ct);
            rows = merge.Rows;
        }

        batch.AddRange(await Excused.FilterAsync(reading, receiving, table, excusable, ct));
        if (batch.Count > 0)
            await FlushAsync();
        await state.DoneAsync(table, range, at, rows, began, ct);

        async Task FlushAsync()
        {
            await state.AddAsync(batch, first: !began, ct);
            began = true;
            batch.Clear();
        }
    }
}
