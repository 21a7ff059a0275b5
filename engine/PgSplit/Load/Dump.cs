using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Load;

/// <summary>
/// A dump of pg_dump, loaded by psql or pg_restore in one transaction. What a plain dump says is said to psql, so its own commands are
/// switched off (\restrict): a file must not run programs here. A plain dump that was cut off within rows would end as if it were whole;
/// only pg_dump's last line shows that it is.
/// </summary>
static partial class Dump
{
    const string LastLine = "-- PostgreSQL database dump complete";

    public static async Task<LoadReport> LoadAsync(LoadOptions options, IProgress<MoveProgress>? progress, CancellationToken ct)
    {
        var told = new LoadProgress(progress, File.Exists(options.From) ? new FileInfo(options.From).Length : 0);
        await EnsureEmptyAsync(options, ct);
        if (SourceFormats.IsArchive(options.From))
            await RestoreAsync(options, ct);
        else
            await PlainAsync(options, told, ct);
        return new LoadReport(SourceFormat.Dump, await CountAsync(options, ct), 0, null, 0, told.Elapsed);
    }

    static async Task EnsureEmptyAsync(LoadOptions options, CancellationToken ct)
    {
        await using var session = await new PgServer(options.Into).OpenAsync("load", ct);
        if ((await StagingTable.ReadAsync(session, ct)).Keys.Order().ToList() is { Count: > 0 } there && options.Schema is null)
            throw new PgSplitException(ExitCode.Refused, $"{options.Into.Route} has tables already ({string.Join(", ", there.Take(3))}{(there.Count > 3 ? ", …" : "")}); nothing was loaded", "load into an empty database");
    }

    // Rows are counted once more by a program that shares nothing with those that wrote them.
    static async Task<IReadOnlyList<LoadedTable>> CountAsync(LoadOptions options, CancellationToken ct)
    {
        await using var session = await new PgServer(options.Into).OpenAsync("load", ct);
        var tables = new List<LoadedTable>();
        foreach (var table in (await StagingTable.ReadAsync(session, ct)).Keys.Order())
        {
            await session.ExecuteAsync($"ANALYZE {table.Sql}", ct);
            tables.Add(new LoadedTable(table, await session.ScalarAsync<long>($"SELECT count(*) FROM {table.Sql}", ct), 0));
        }

        return tables;
    }

    static async Task RestoreAsync(LoadOptions options, CancellationToken ct)
    {
        if (options.Schema is not null)
            throw new PgSplitException(ExitCode.BadInput, "an archive of pg_dump brings its schema: --schema is for dumps of rows only", "leave --schema out");
        using var program = ClientPrograms.Start("pg_restore", options.Into, ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions", "--dbname", options.Into.Database, options.From]);
        program.StandardInput.Close();
        var said = program.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = program.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await WaitAsync(program, ct);
        if (program.ExitCode != 0)
            throw Failure(options, (await said).Trim());
    }

    static async Task PlainAsync(LoadOptions options, LoadProgress told, CancellationToken ct)
    {
        var key = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        IEnumerable<string> schema = options.Schema is { } file ? ["-f", file] : [];
        using var program = ClientPrograms.Start("psql", options.Into,
            ["-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "--single-transaction", .. schema, "-c", $@"\restrict {key}", "-f", "-"]);
        var said = program.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = program.StandardOutput.ReadToEndAsync(CancellationToken.None);
        bool whole;
        try
        {
            whole = await PipeAsync(options, program, told, ct);
        }
        catch (IOException)
        {
            // psql has ended before the dump has; it says why.
            whole = true;
        }
        catch
        {
            program.Kill();
            throw;
        }

        if (!whole)
        {
            // Without an end of its input psql would commit what it has.
            program.Kill();
            await program.WaitForExitAsync(CancellationToken.None);
            throw new PgSplitException(ExitCode.BadInput, $"{options.From} ends without pg_dump's last line (\"{LastLine}\"): it was cut off, or is no dump of one database; nothing was loaded", "dump or copy it again");
        }

        CloseInput(program);
        await WaitAsync(program, ct);
        if (program.ExitCode != 0)
            throw Failure(options, (await said).Trim());
    }

    static void CloseInput(Process program)
    {
        try
        {
            program.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has closed its end already.
        }
    }

    /// <returns>Whether the dump is whole.</returns>
    static async Task<bool> PipeAsync(LoadOptions options, Process program, LoadProgress told, CancellationToken ct)
    {
        await using var file = File.OpenRead(options.From);
        await using var text = SourceFormats.Open(file);
        var input = program.StandardInput.BaseStream;
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 18);
        // Of the last bytes, for the last line; the first, for the line that restricts psql by itself.
        var (tail, head) = (Array.Empty<byte>(), true);
        try
        {
            while (await text.ReadAtLeastAsync(buffer.AsMemory(0, 1 << 17), 1 << 17, throwOnEndOfStream: false, ct) is var read and > 0)
            {
                var bytes = buffer.AsMemory(0, read);
                if (head)
                    bytes = WithoutRestrict(bytes);
                head = false;
                // What ends the restriction must not reach psql before all rows have; it is among the last lines.
                byte[] joined = [.. tail, .. bytes.Span];
                var kept = Math.Min(joined.Length, 512);
                await input.WriteAsync(joined.AsMemory(0, joined.Length - kept), ct);
                tail = joined[^kept..];
                told.Report(null, 0, file.Position);
            }

            var end = Encoding.UTF8.GetString(tail);
            if (!end.Contains(LastLine, StringComparison.Ordinal))
                return false;
            await input.WriteAsync(Encoding.UTF8.GetBytes(Unrestrict().Replace(end, "")), ct);
            await input.FlushAsync(ct);
            return true;
        }
        catch (InvalidDataException e)
        {
            throw new PgSplitException(ExitCode.BadInput, $"{options.From} is broken: {e.Message}; nothing was loaded", "dump or copy it again", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The line stays as an empty one, so that psql counts lines as the file has them.
    static Memory<byte> WithoutRestrict(Memory<byte> bytes)
    {
        if (bytes.Span.IndexOf(@"\restrict "u8) is var at && (at < 0 || at > 1_000))
            return bytes;
        var length = bytes.Span[at..].IndexOf((byte)'\n');
        return length < 0 ? bytes : (byte[])[.. bytes.Span[..at], .. bytes.Span[(at + length)..]];
    }

    static async Task WaitAsync(Process program, CancellationToken ct)
    {
        try
        {
            await program.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // Its session ends, and with it the transaction.
            program.Kill();
            throw;
        }
    }

    static PgSplitException Failure(LoadOptions options, string said)
    {
        var lines = said.Split('\n').Select(l => l.Replace("psql:<stdin>", options.From, StringComparison.Ordinal)).ToList();
        var first = lines.FirstOrDefault(l => l.Contains("ERROR", StringComparison.Ordinal) || l.Contains("error", StringComparison.Ordinal) || l.Contains("invalid", StringComparison.Ordinal) || l.Contains("backslash", StringComparison.Ordinal)) ?? lines[0];
        var detail = lines.FirstOrDefault(l => l.StartsWith("DETAIL", StringComparison.Ordinal) || l.StartsWith("CONTEXT", StringComparison.Ordinal));
        return new PgSplitException(ExitCode.BadInput, $"{first.Trim()}{(detail is null ? "" : $" ({detail.Trim()})")}; nothing was loaded", said switch
        {
            _ when said.Contains("role \"", StringComparison.Ordinal) => "dump again with --no-owner --no-privileges, or make the role first (CREATE ROLE … NOLOGIN)",
            _ when said.Contains("restrict", StringComparison.Ordinal) || said.Contains("backslash", StringComparison.Ordinal) => "a dump may have no commands of psql; and psql has to be of 2025-08 or later (15.14, 16.10, 17.6)",
            _ when said.Contains("unrecognized configuration parameter", StringComparison.Ordinal) || said.Contains("unsupported version", StringComparison.Ordinal) => "load into a server, and by client programs, of the dump's version or a later one",
            _ when said.Contains("end of file", StringComparison.Ordinal) => "the archive was cut off: dump or copy it again",
            _ => "mend that, and load again into an empty database",
        });
    }

    [GeneratedRegex(@"^\\unrestrict [^\n]*$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Unrestrict();
}
