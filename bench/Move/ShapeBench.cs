using System.Diagnostics;
using Hdms.Testing;
using PgSplit.Control;
using PgSplit.Mapping;
using Spectre.Console;

namespace Hdms.Bench.Move;

/// <summary>
/// The copy of a monolith whose tables all change their shape (UUIDs for every key and reference, other names, expressions, a condition)
/// beside the copy of the same tables as they are: same cluster, same data, one run. UUIDs take twice the room of numbers, in rows and in
/// indexes, so it is rows that are counted.
/// </summary>
static class ShapeBench
{
    const double Aim = 0.7;
    const long MostMemory = 200;
    static readonly CancellationToken Ct = CancellationToken.None;

    const string Shapes =
        """
        source: postgres://me@db/s
        services:
          bench:
            target: postgres://me@db/t
            tables:
              users_user: { to: people, key: uuid, columns: { email: { sql: "lower(email)", inverse: "email" } }, unique: [{ columns: [email], duplicates: suffix }] }
              tickets_ticket: { to: tickets, key: uuid, columns: { priority: { sql: "(ARRAY['urgent','high','medium','low'])[priority + 1]", inverse: "array_position(ARRAY['urgent','high','medium','low'], priority) - 1" } } }
              chat_message: { to: messages, key: uuid, where: "NOT is_deleted" }
              chat_participant: { to: participants, key: uuid }
              notifications_notification: { to: notifications, key: uuid, columns: { kind: { sql: "upper(kind)", inverse: "lower(kind)" } } }
        """;

    public static async Task<bool> RunAsync(int tickets, int rounds)
    {
        await using var cluster = await TestCluster.StartDurableAsync();
        var peers = new Peers(cluster, tickets);
        AnsiConsole.MarkupLine($"[grey]filling a monolith of {tickets:N0} tickets[/]");
        await peers.FillAsync();
        var plain = MoveBench.Definition(cluster, Peers.Target);
        var shaped = Map.Parse(Shapes, "shapes.yaml").Services.Single().Move with { Id = plain.Id, Source = plain.Source, Target = plain.Target };
        var rows = await RowsAsync(cluster);

        var ways = new (string Name, MoveDefinition Move)[] { ("as they are", plain), ("in another shape", shaped) };
        var (whole, copied, compared) = (Times(ways), Times(ways), Times(ways));
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, definition) in ways)
            {
                AnsiConsole.MarkupLineInterpolated($"[grey]{name}[/]");
                await peers.EmptyTargetAsync();
                await cluster.ExecuteAsync("CHECKPOINT;");
                var copying = new Copying();
                var clock = Stopwatch.StartNew();
                await using var move = (await PgSplit.Move.TryOpenAsync(definition, copying, null, Ct))!;
                await move.PrepareAsync(Ct);
                copying.Begin();
                await move.CopyAsync(Ct);
                whole[name].Add(clock.Elapsed.TotalSeconds);
                copied[name].Add(copying.Took.TotalSeconds);
                clock.Restart();
                if (!(await move.VerifyAsync(Ct)).Equal)
                    throw new InvalidOperationException("both sides differ");
                compared[name].Add(clock.Elapsed.TotalSeconds);
                await move.CancelAsync(Ct);
            }
        }

        var table = new Table().Title($"{rows:N0} rows of {MoveBench.Tables.Length} tables, rows a second").AddColumns("", "copy", "copy, indexes and the rest", "comparison");
        foreach (var (name, _) in ways)
            table.AddRow(name, $"{rows / MoveBench.Median(copied[name]):N0}", $"{rows / MoveBench.Median(whole[name]):N0}", $"{rows / MoveBench.Median(compared[name]):N0}");
        table.AddRow("ratio", Ratio(copied), Ratio(whole), Ratio(compared));
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"Aim: {Aim} of the plain copy; most memory of this process, the engine in it: {MoveBench.Peak() / 1024} MB (aim: under {MostMemory})");
        return true;

        string Ratio(Dictionary<string, List<double>> times) => $"{MoveBench.Median(times[ways[0].Name]) / MoveBench.Median(times[ways[1].Name]):N2}";
    }

    static Dictionary<string, List<double>> Times(IEnumerable<(string Name, MoveDefinition)> ways) => ways.ToDictionary(w => w.Name, _ => new List<double>());

    static async Task<long> RowsAsync(TestCluster cluster)
    {
        var rows = 0L;
        foreach (var table in MoveBench.Tables)
            rows += await cluster.ScalarAsync<long>($"SELECT count(*) FROM {table}", Peers.Source);
        return rows;
    }

    /// <summary>How long rows were copied: until the last word of that phase.</summary>
    sealed class Copying : IProgress<MoveProgress>
    {
        readonly Stopwatch _clock = new();

        public TimeSpan Took { get; private set; }

        public void Begin() => _clock.Start();

        public void Report(MoveProgress value)
        {
            if (value.Phase == "copy")
                Took = _clock.Elapsed;
        }
    }
}
