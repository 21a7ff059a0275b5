using Hdms.Bench.Api;
using Spectre.Console;

// Each benchmark measures HDMS beside a named peer in one run, on this machine, and prints ratios.
var name = args.FirstOrDefault() ?? "api";
if (name is "--help" or "-h")
{
    AnsiConsole.WriteLine(
        """
        ./hdms bench [api | users | tickets] [--seconds N] [--snapshot-minutes N] [--tickets N] [--only TEXT]

          api        the users and the tickets service over HTTP beside pgbench running the same SQL on the same cluster
          users      one of them alone
          tickets

        Examples
          ./hdms bench api
          ./hdms bench api --seconds 5
          ./hdms bench users --only snapshot --snapshot-minutes 30   appends while a snapshot stays open for half an hour
          ./hdms bench tickets --seconds 5 --tickets 20000   among fewer than the million
          ./hdms bench users --only "read user"             one person read, with rows in memory and without
        """);
    return 0;
}

if (name is not ("api" or "users" or "tickets"))
{
    Console.Error.WriteLine($"There is no benchmark '{name}'. There are: api, users, tickets.");
    return 2;
}

var options = new ApiBenchOptions(Number("--seconds", 10), Number("--snapshot-minutes", 1), Number("--tickets", 1_000_000), Text("--only"));
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
