using Hdms.Bench.Api;
using Hdms.Bench.Files;
using Hdms.Bench.Live;
using Hdms.Bench.Move;
using Hdms.Bench.Phases;
using Hdms.Bench.Web;
using Spectre.Console;

// Each benchmark measures HDMS beside a named peer in one run, on this machine, and prints ratios.
var name = args.FirstOrDefault() ?? "api";
if (args.Any(a => a is "--help" or "-h"))
{
    AnsiConsole.WriteLine(
        """
        ./hdms bench [api | users | tickets | live | files | web | move | phases] [--seconds N] [--streams N] [--per-second N] [--snapshot-minutes N] [--snapshot-rest SECONDS]
                     [--tickets N] [--requests N] [--megabytes N] [--rounds N] [--transactions N] [--only TEXT] [--keep DIR] [--shape]
                     [--percent N] [--people N]

          api        the users and the tickets service over HTTP beside pgbench running the same SQL on the same cluster
          users      one of them alone
          tickets
          live       live streams, from writing a message to the last stream that shows it, beside a bare Kestrel
          web        each page of the web UI among 300 tickets and among a million: time, bytes, first load
          files      a large file up and down beside cp, sha256sum and nginx
          move       the migration engine beside pg_dump and pg_restore, pgcopydb, native replication and the floor of COPY into COPY
          phases     the old help desk imported, then every service moved while people work: rows a second, and their requests before, during and after

        Examples
          ./hdms bench api
          ./hdms bench api --seconds 5
          ./hdms bench users --only snapshot --snapshot-minutes 30   appends while a snapshot stays open for half an hour
          ./hdms bench tickets --seconds 5 --tickets 20000   among fewer than the million
          ./hdms bench tickets --keep .hdms/bench --only list   the lists alone, among tickets that are made once and stay in the folder
          ./hdms bench live --streams 500 --per-second 200
          ./hdms bench move --only pause                     how long writers wait at a switch; also copy, follow
          ./hdms bench move --shape                          the copy with another shape of every table beside the plain one
          ./hdms bench phases --percent 100                  an old help desk of 100,000 tickets instead of 10,000
          ./hdms bench users --only "read user"             one person read, with rows in memory and without
        """);
    return 0;
}

if (name is not ("api" or "users" or "tickets" or "live" or "files" or "web" or "move" or "phases" or LivePeer.Argument))
{
    Console.Error.WriteLine($"There is no benchmark '{name}'. There are: api, users, tickets, live, files, web, move, phases.");
    return 2;
}

if (name == LivePeer.Argument)
{
    await LivePeer.ServeAsync(int.Parse(args[1]));
    return 0;
}

if (name == "live")
    return await LiveBench.RunAsync(new LiveBenchOptions(Number("--seconds", 20), Number("--streams", 500), Number("--per-second", 200))) ? 0 : 1;

if (name == "files")
    return await FilesBench.RunAsync(new FilesBenchOptions(Number("--megabytes", 500), Number("--rounds", 5))) ? 0 : 1;

if (name == "web")
    return await WebBench.RunAsync(new WebBenchOptions(Number("--requests", 200), Number("--tickets", 1_000_000), Text("--keep"))) ? 0 : 1;

if (name == "phases")
    return await PhasesBench.RunAsync(new PhasesOptions(Number("--percent", 10), Number("--people", 8), Number("--seconds", 10))) ? 0 : 1;

if (name == "move" && args.Contains("--shape"))
    return await ShapeBench.RunAsync(Number("--tickets", 200_000), Number("--rounds", 3)) ? 0 : 1;

if (name == "move")
    return await MoveBench.RunAsync(new MoveBenchOptions(Number("--tickets", 200_000), Number("--rounds", 3), Number("--transactions", 80_000), Text("--only"))) ? 0 : 1;

var options = new ApiBenchOptions(Number("--seconds", 10), Number("--snapshot-minutes", 1), Number("--snapshot-rest", 0), Number("--tickets", 1_000_000), Text("--only"), Text("--keep"));
var users = name == "tickets" || await ApiBench.RunAsync(options);
return (name == "users" || await TicketsBench.RunAsync(options)) && users ? 0 : 1;

string? Text(string option) => Array.IndexOf(args, option) is >= 0 and var at ? args.ElementAtOrDefault(at + 1) : null;

int Number(string option, int otherwise)
{
    var at = Array.IndexOf(args, option);
    return at < 0 ? otherwise : int.TryParse(args.ElementAtOrDefault(at + 1), out var number) && number > 0
        ? number
        : throw new ArgumentException($"{option} takes a whole number.", nameof(args));
}
