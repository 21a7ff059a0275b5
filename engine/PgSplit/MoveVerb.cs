using System.Text.Json;
using Npgsql;
using PgSplit.Control;
using PgSplit.Ddl;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit;

/// <summary>The verbs that need a move's lock, by the names under which they are asked for.</summary>
static class MoveVerb
{
    /// <summary>What changes who may write, or ends the move: nothing else of the move's goes on meanwhile.</summary>
    public static bool IsAlone(string verb) => verb is "switch" or "reverse" or "complete" or "cancel";

    /// <summary>What takes long and can be gone on with: gives way when the move is to be cancelled.</summary>
    public static bool GivesWay(string verb) => verb is "prepare" or "copy" or "start" or "verify" or "resume";

    /// <returns>What it came to, as JSON; null where there is nothing to tell.</returns>
    public static async Task<string?> RunAsync(Move move, string verb, string arguments, CancellationToken ct)
    {
        var told = JsonSerializer.Deserialize<VerbArguments>(arguments, JsonSerializerOptions.Web)!;
        switch (verb)
        {
            case "prepare":
                await move.PrepareAsync(ct);
                return null;
            case "copy":
                await move.CopyAsync(ct);
                return null;
            case "start":
                await move.PrepareAsync(ct);
                if (told.Offline)
                    await move.TakeOfflineAsync(ct);
                await move.CopyAsync(ct);
                return told.Offline ? await FinishOfflineAsync(move, ct) : null;
            case "verify":
                var verified = await move.VerifyAsync(ct);
                return Json(new VerifyAnswer(verified.Rows, [.. verified.Tables.Select(t => new VerifiedTableAnswer(t.Name.ToString(), t.Rows, t.Differences))]));
            case "repair":
                return Json(await move.RepairAsync(ct));
            case "switch" or "reverse":
                return Json(await move.SwitchAsync(verb == "switch" ? Side.Source : Side.Target, told.DryRun, told.AcceptDifferences, ct));
            case "complete":
                await move.CompleteAsync(new CompleteOptions(Enum.Parse<OldTables.Fate>(told.OldTables, ignoreCase: true), told.Force), ct);
                return null;
            case "cancel":
                await move.CancelAsync(ct);
                return null;
            case "resume":
                await move.ResumeAsync(ct);
                return null;
            default:
                throw new PgSplitException(ExitCode.Refused, $"the process that has the move does not know '{verb}'", "start it again with this version of pgsplit");
        }
    }

    static async Task<string?> FinishOfflineAsync(Move move, CancellationToken ct)
    {
        if (await move.VerifyAsync(ct) is { Equal: false } found)
            throw new PgSplitException(ExitCode.Differences, $"{found.Differences} rows differ; nothing was switched, and the source is still closed", "`pgsplit repair`, then the same command again; or `pgsplit cancel`, which opens the source");
        return Json(await move.SwitchAsync(Side.Source, dryRun: false, 0, ct));
    }

    /// <summary>A failure as a person can act on it; null where nobody could have foreseen it.</summary>
    public static PgSplitException? Explain(Exception e, string verb) => e switch
    {
        PgSplitException p => p,
        BrokenException b => new PgSplitException(ExitCode.Broken, b.Message, "`pgsplit doctor` says more; docs/pgsplit.md has what to do", b),
        NpgsqlException or IOException or System.Net.Sockets.SocketException => Failures.Explain(e, $"{verb} has stopped") as PgSplitException,
        TimeoutException t => new PgSplitException(ExitCode.Failed, $"{verb} has waited too long: {t.Message}", "see `pgsplit status`, then run it again", t),
        _ => null,
    };

    static string Json<T>(T value) => JsonSerializer.Serialize(value, JsonSerializerOptions.Web);
}

/// <summary>What a verification came to; which rows differ is in pgsplit.diff.</summary>
sealed record VerifyAnswer(long Rows, IReadOnlyList<VerifiedTableAnswer> Tables);

sealed record VerifiedTableAnswer(string Name, long Rows, long Differences);
