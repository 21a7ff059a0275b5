using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Hdms.Cli.Monolith;

/// <summary>The old application at work: it writes as it always has, and knows nothing of fences.</summary>
/// <param name="perSecond">Writes of each user at most; null for as many as the server takes.</param>
internal sealed class OldProgram(string connectionString, int users, string? acknowledgedFile, int? perSecond = null)
{
    static readonly string[] Next = ["pending", "under_review", "rejected"];

    readonly ConcurrentQueue<Write> _acknowledged = new();
    string? _refused;

    /// <returns>Whether nothing was refused.</returns>
    public async Task<bool> RunAsync(CancellationToken ct)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = true, ApplicationName = "old helpdesk", MaxPoolSize = users + 1 });
        await Task.WhenAll(Enumerable.Range(0, users).Select(n => Task.Run(() => ActAsync(source, new Random(n), end), CancellationToken.None)));
        foreach (var group in _acknowledged.GroupBy(w => (w.Action, w.Table)).OrderBy(g => g.Key))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{group.Key.Action,-8} {group.Key.Table,-18} {group.Count(),8:N0}"));
        if (acknowledgedFile is not null)
            await File.WriteAllLinesAsync(acknowledgedFile, _acknowledged.Select(w => JsonSerializer.Serialize(w)), CancellationToken.None);
        Console.WriteLine(_refused is null
            ? string.Create(CultureInfo.InvariantCulture, $"{_acknowledged.Count:N0} writes were acknowledged.")
            : string.Create(CultureInfo.InvariantCulture, $"{_acknowledged.Count:N0} writes were acknowledged before one was refused: {_refused}"));
        return _refused is null;
    }

    async Task ActAsync(NpgsqlDataSource source, Random random, CancellationTokenSource end)
    {
        try
        {
            while (!end.IsCancellationRequested)
            {
                // Not the token: what was begun is to be known to have happened or not.
                _acknowledged.Enqueue(await OneAsync(source, random));
                if (perSecond is { } most)
                    await Task.Delay(TimeSpan.FromSeconds(1.0 / most), end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (NpgsqlException e)
        {
            _refused ??= e is PostgresException refused ? refused.MessageText : e.Message;
            await end.CancelAsync();
        }
    }

    static async Task<Write> OneAsync(NpgsqlDataSource source, Random random) => random.Next(10) switch
    {
        < 3 => new Write("raise", "tickets_ticket", await IdAsync(
            source,
            """
            INSERT INTO tickets_ticket (ticket_id, title, description, status, priority, category, requestor_id, department_id, submitted_at, progress_percent, version, reopen_count,
                                        requires_approval, is_deleted, created_at, updated_at)
            SELECT 'HD-2026-' || (900000 + nextval('tickets_ticket_id_seq')), 'Raised while others were moving', 'The old program goes on.', 'submitted', 'medium', 'Other', u.id, 1,
                   now() AT TIME ZONE 'Asia/Karachi', 0, 1, 0, false, false, now() AT TIME ZONE 'Asia/Karachi', now() AT TIME ZONE 'Asia/Karachi'
            FROM users_user AS u WHERE u.id >= $1 ORDER BY u.id LIMIT 1 RETURNING id
            """,
            random.Next(1, 40))),
        < 8 => new Write("say", "chat_message", await IdAsync(
            source,
            """
            INSERT INTO chat_message (ticket_id, sender_id, version, message, is_system, is_deleted, created_at)
            SELECT t.id, t.requestor_id, t.version, 'Any news?', false, false, now() AT TIME ZONE 'Asia/Karachi' FROM tickets_ticket AS t
            WHERE t.id >= 1 + ($1 * (SELECT max(id) FROM tickets_ticket)) / 1000 AND t.status <> 'draft' ORDER BY t.id LIMIT 1 RETURNING id
            """,
            random.Next(900))),
        _ => new Write("change", "tickets_ticket", await IdAsync(
            source,
            """
            UPDATE tickets_ticket SET status = $2, updated_at = now() AT TIME ZONE 'Asia/Karachi'
            WHERE id = (SELECT id FROM tickets_ticket WHERE status IN ('submitted', 'pending') AND id >= $1 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
            """,
            random.Next(50),
            Next[random.Next(Next.Length)])),
    };

    static async Task<long> IdAsync(NpgsqlDataSource source, string sql, params object[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync(CancellationToken.None) is long id ? id : 0;
    }

    sealed record Write(string Action, string Table, long Id);
}
