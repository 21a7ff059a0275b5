using Dapper;
using Hdms.Files.Storage;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Files.Work;

/// <summary>Whether the storage has what the rows say, and no more; and whether what is to be done with bytes gets done.</summary>
sealed class BytesAndRows(IFileStore store) : IDoctorCheck
{
    /// <summary>What is younger may still be on its way.</summary>
    static readonly TimeSpan Settled = TimeSpan.FromHours(1);

    public async Task<IReadOnlyList<DoctorFinding>> CheckAsync(NpgsqlConnection connection, string service, DateTimeOffset now, CancellationToken ct)
    {
        var findings = new List<DoctorFinding>();
        try
        {
            findings.AddRange(await CompareAsync(connection, service, now, ct));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            findings.Add(new DoctorFinding(Severity.Error, service, $"{store.Name} does not answer: {e.Message}", "Start it, or correct the settings files_…; uploads wait meanwhile."));
        }

        findings.AddRange(await StuckAsync(connection, service, now, ct));
        return findings;
    }

    async Task<IReadOnlyList<DoctorFinding>> CompareAsync(NpgsqlConnection connection, string service, DateTimeOffset now, CancellationToken ct)
    {
        // The rows after the bytes: what is uploaded meanwhile has its bytes first.
        var stored = new Dictionary<string, StoredBytes>(StringComparer.Ordinal);
        await foreach (var bytes in store.ListAsync(ct))
        {
            stored[bytes.Key] = bytes;
        }

        var rows = (await connection.QueryAsync<(Guid Id, long Size, bool Wanted)>(new CommandDefinition(
            "SELECT id, file_size, NOT is_deleted AND scan_status <> 'infected' AND created_at < @before FROM attachments", new { before = now - Settled }, cancellationToken: ct))).ToDictionary(r => r.Id);
        var findings = new List<DoctorFinding>();
        var missing = rows.Values.Where(r => r.Wanted && (!stored.TryGetValue(Keys.Of(r.Id), out var s) || s.Size != r.Size)).ToArray();
        if (missing.Length > 0)
        {
            findings.Add(new DoctorFinding(
                Severity.Error, service, $"{missing.Length} files have no bytes in {store.Name}, or other ones, {missing[0].Id} among them.", "Put them back from a copy of the storage; their names are their ids."));
        }

        var lost = stored.Values.Where(s => s.At < now - Settled && (Keys.FileOf(s.Key) is not { } id || !rows.ContainsKey(id))).ToArray();
        if (lost.Length > 0)
        {
            findings.Add(new DoctorFinding(
                Severity.Warning, service, $"{store.Name} has {lost.Length} files that belong to no row, {lost[0].Key} among them.", "Those of ours go by themselves after two days; look at the others."));
        }

        return findings;
    }

    static async Task<IReadOnlyList<DoctorFinding>> StuckAsync(NpgsqlConnection connection, string service, DateTimeOffset now, CancellationToken ct) =>
    [
        .. (await connection.QueryAsync<(string Kind, long Count, string? Error)>(new CommandDefinition(
            "SELECT kind, count(*), max(error) FROM file_jobs WHERE attempts >= 3 AND due_at < @soon GROUP BY kind ORDER BY kind",
            new { soon = now + TimeSpan.FromHours(1) },
            cancellationToken: ct))).Select(j => new DoctorFinding(
                Severity.Error, service, $"{j.Count} files wait for {j.Kind} and have failed three times: {j.Error ?? "they were not finished"}", "Start the scanner or the storage; they are tried again every ten minutes.")),
    ];
}
