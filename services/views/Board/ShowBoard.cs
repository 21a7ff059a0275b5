using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Views.Sight;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Views.Board;

static class ShowBoard
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/board", Handle)
        .WithName(nameof(ShowBoard))
        .WithTags("Board")
        .WithSummary("A page of the tickets that the caller sees, by tab and filters, with how many there are of each tab")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static async Task<Answer<BoardPage>> Handle(
        [AsParameters] BoardQuery query, [AsParameters] BoardPaging paging, Caller caller, ServiceDatabase db, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        check.That("limit", paging.Limit is >= 1 and <= PageQuery.MostAtOnce, $"must be 1 to {PageQuery.MostAtOnce}");
        check.That("before", string.IsNullOrEmpty(paging.After) || string.IsNullOrEmpty(paging.Before), "can't be asked for together with after");
        var order = BoardOrder.Read(query.Sort, check);
        var filter = BoardFilter.Read(query, caller, check);
        check.Done();
        var after = order.Place("after", paging.After);
        var before = order.Place("before", paging.Before);
        var now = clock.GetUtcNow();
        return Answer.Ok(await db.ReadAsync(async connection =>
        {
            var standing = await Standing.ReadAsync(connection, caller, now, ct);
            var (part, total, counts) = await ReadAsync(connection, filter, order, standing, before ?? after, before is not null, paging.Limit, now, ct);
            return Page(part, order, standing, after, before, paging.Limit, now) with
            {
                Total = Math.Min(total, ViewsRules.CountedUpTo),
                TotalIsCapped = total > ViewsRules.CountedUpTo,
                Counts = counts,
            };
        }, ct));
    }

    static async Task<(BoardPart Part, long Total, IReadOnlyList<TabCount> Counts)> ReadAsync(
        NpgsqlConnection connection, BoardFilter filter, BoardOrder order, Standing standing, (string Key, Guid Id)? place, bool back, int limit, DateTimeOffset now,
        CancellationToken ct)
    {
        // One round trip for all of it.
        var sql =
            $"""
            {BoardReader.Sql(filter, order, standing, back, place is not null)};
            {(filter.IsPlain ? "" : $"{filter.CountSql(standing)};")}
            {TabCounts.Sql(standing)}
            """;
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(
            sql, BoardReader.Args(filter, standing, place, limit + 1, now), cancellationToken: ct));
        var part = await BoardReader.ReadAsync(results);
        long? counted = filter.IsPlain ? null : await results.ReadSingleAsync<long>();
        var counts = await TabCounts.ReadAsync(results, standing);
        return (part, counted ?? counts.Where(c => c.Tab == filter.Tab).Select(c => c.Count + (c.IsCapped ? 1 : 0)).Single(), counts);
    }

    static BoardPage Page(
        BoardPart part, BoardOrder order, Standing standing, (string Key, Guid Id)? after, (string Key, Guid Id)? before, int limit, DateTimeOffset now)
    {
        var shown = part.Found.Take(limit).ToList();
        var more = part.Found.Count > limit;
        if (before is not null)
        {
            shown.Reverse();
        }

        // Where one came from there is something, unless it has gone since.
        var hasNext = before is not null || more;
        var hasPrevious = before is not null ? more : after is not null;
        return new BoardPage(
            [.. shown.Select(t => t.Row(standing, part.Calendars, now))],
            0,
            false,
            hasNext && shown is [.., var last] ? order.Cursor(last.SortKey, last.Id) : null,
            hasPrevious && shown is [var first, ..] ? order.Cursor(first.SortKey, first.Id) : null,
            []);
    }
}
