using Dapper;
using Hdms.Contracts;
using Hdms.Views.Sight;
using Npgsql;

namespace Hdms.Views.Board;

/// <summary>What was found of the board, with the clocks' calendars.</summary>
/// <param name="Found">One more than was asked for, if there are more in that direction.</param>
sealed record BoardPart(IReadOnlyList<BoardTicket> Found, IReadOnlyDictionary<Guid, WorkCalendar> Calendars);

/// <summary>Reads parts of the board.</summary>
static class BoardReader
{
    /// <summary>Two result sets: the rows, and the calendars.</summary>
    public static string Sql(BoardFilter filter, BoardOrder order, Standing standing, bool back, bool fromKey) =>
        $"""
        SELECT row_to_json(shown)::text FROM (
          {BoardTicket.Select(order)}
          WHERE r.id = ANY(ARRAY({filter.FirstSql(standing, order, back, fromKey)}))
          ORDER BY {order.Sql(back)} LIMIT @take) AS shown;

        {Calendars.Sql}
        """;

    public static DynamicParameters Args(BoardFilter filter, Standing standing, (string Key, Guid Id)? place, int take, DateTimeOffset now)
    {
        var args = filter.Args(standing, now);
        args.AddDynamicParams(new { key = place?.Key, keyId = place?.Id, take, countTo = ViewsRules.CountedUpTo + 1 });
        return args;
    }

    public static async Task<BoardPart> ReadAsync(SqlMapper.GridReader results) =>
        new([.. (await results.ReadAsync<string>()).Select(BoardTicket.Read)], Calendars.Read(await results.ReadAsync<string>()));

    /// <summary>The next rows in the order, behind a place; for who reads all of it, part by part.</summary>
    public static async Task<BoardPart> NextAsync(
        NpgsqlConnection connection, BoardFilter filter, BoardOrder order, Standing standing, (string Key, Guid Id)? place, int take, DateTimeOffset now, CancellationToken ct)
    {
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(
            Sql(filter, order, standing, back: false, place is not null), Args(filter, standing, place, take, now), cancellationToken: ct));
        return await ReadAsync(results);
    }
}
