using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Npgsql;

namespace Hdms.Tickets;

/// <summary>What lists have in common whose rows everybody finds by one condition.</summary>
static class Pages
{
    /// <summary>The rows of one page, and what counting them all has found.</summary>
    /// <param name="where">Begins with <c>WHERE</c>.</param>
    public static async Task<(IReadOnlyList<T> Rows, long Counted)> PageAsync<T>(
        this Table<T> table, NpgsqlConnection connection, PageQuery page, string where, string order, object args, CancellationToken ct)
        where T : class
    {
        var all = new DynamicParameters(args);
        all.AddDynamicParams(new { take = page.Take(), skip = page.Skip(), count = page.CountUpTo() });
        var rows = await table.QueryAsync(connection, $"{where} ORDER BY {order} LIMIT @take OFFSET @skip", all, ct);
        var counted = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            $"SELECT count(*) FROM (SELECT FROM {table.Name} AS r {where} LIMIT @count) AS counted", all, cancellationToken: ct));
        return (rows, counted);
    }
}
