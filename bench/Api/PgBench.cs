using System.Globalization;

namespace Hdms.Bench.Api;

/// <summary>The same SQL by pgbench, prepared, on the same cluster.</summary>
static class PgBench
{
    /// <summary>So often a connection plans its statements anew, and at first everything is new to it; the connections of a service are long past that.</summary>
    const int Planned = 6;

    /// <param name="perSecond">Null: as many as it can. Else so many, spread over the time; each counts from when it was begun, as wrk counts.</param>
    public static async Task<Figures> RunAsync(House house, string script, int clients, int seconds, double? perSecond = null)
    {
        var folder = Directory.CreateTempSubdirectory("hdms-bench-pgbench-");
        try
        {
            await Tool.RunAsync(
                "pgbench",
                [
                    "-n", "-M", "prepared", "-c", $"{clients}", "-j", "1", "-T", $"{seconds}", "-l", "--log-prefix", Path.Combine(folder.FullName, "log"),
                    .. perSecond is { } rate ? new[] { "-R", rate.ToString("F1", CultureInfo.InvariantCulture) } : [],
                    "-f", Path.Combine(AppContext.BaseDirectory, "Api", script), Contracts.Services.SharedDatabase,
                ],
                new Dictionary<string, string>
                {
                    ["PGHOST"] = house.Socket, ["PGPORT"] = $"{house.ServerPort}", ["PGUSER"] = "postgres", ["PGPASSWORD"] = house.SuperuserPassword,
                });

            // client, transaction, time, script, when, and with a rate how long after its time it began, which is counted in.
            var done = folder.EnumerateFiles().SelectMany(f => File.ReadLines(f.FullName)).Select(l => l.Split(' ')).ToList();
            var milliseconds = done.Where(l => Number(l[1]) >= Planned).Select(l => (Number(l[2]) - (perSecond is null ? 0 : Number(l[6]))) / 1000).ToList();
            return Figures.Of(milliseconds, seconds, 0) with { PerSecond = done.Count / (double)seconds };
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }
}
