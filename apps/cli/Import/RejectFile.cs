using System.Text;
using Dapper;
using Hdms.Cli.Cluster;

namespace Hdms.Cli.Import;

/// <summary>The rows that were not taken, a JSON line each. For its owner's eyes: they are people's.</summary>
internal static class RejectFile
{
    /// <returns>How many.</returns>
    public static async Task<long> WriteAsync(ImportPlace place, string file, CancellationToken ct)
    {
        await using var connection = await place.OpenAsync(ct);
        File.Delete(file);
        await using var to = new StreamWriter(PrivateFile.Create(file), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var count = 0L;
        await foreach (var line in connection.QueryUnbufferedAsync<string>(
            """
            SELECT jsonb_build_object('table', source, 'old', old, 'reason', reason, 'row', detail)::text FROM hdms_import.rejected
            UNION ALL
            SELECT jsonb_build_object('table', source, 'old', NULL, 'reason', reason, 'row', line)::text FROM hdms_import.unreadable
            """,
            commandTimeout: 0).WithCancellation(ct))
        {
            await to.WriteLineAsync(line.AsMemory(), ct);
            count++;
        }

        return count;
    }
}
