using System.CommandLine;
using PgSplit.Verify;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit repair</c>: the rows that a verification found.</summary>
internal static class RepairCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("repair", "Make the rows that verify found what they are on the side that has the writes. Verify again afterwards.");
        Help.Show(command, "pgsplit repair map.yaml tickets && pgsplit verify map.yaml tickets");
        command.SetAction(async (parsed, ct) =>
        {
            var done = await Steering.RunAsync(parsed, terminal, "repair", ct);
            var r = done.Answer<Repaired>();
            await Steering.TellAsync(parsed, terminal, r, $"{Human.Count(r.Inserted)} rows inserted, {Human.Count(r.Updated)} updated, {Human.Count(r.Deleted)} deleted; verify again before a switch");
            return await Steering.RemindAsync(parsed, terminal, done);
        });
        return command;
    }
}
