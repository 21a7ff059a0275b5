using Hdms.Bench.Api;
using Spectre.Console;

// Each benchmark measures HDMS beside a named peer in one run, on this machine, and prints ratios.
var name = args.FirstOrDefault() ?? "api";
if (name is "--help" or "-h")
{
    AnsiConsole.WriteLine(
        """
        ./hdms bench api [--seconds N] [--snapshot-minutes N] [--only TEXT]

          api    the users service over HTTP beside pgbench running the same SQL on the same cluster

        Examples
          ./hdms bench api
          ./hdms bench api --seconds 5
          ./hdms bench api --snapshot-minutes 30    appends while a snapshot stays open for half an hour
          ./hdms bench api --only "read user"       one person read, with rows in memory and without
        """);
    return 0;
}

if (name != "api")
{
    Console.Error.WriteLine($"There is no benchmark '{name}'. There is: api.");
    return 2;
}

return await ApiBench.RunAsync(new ApiBenchOptions(Number("--seconds", 10), Number("--snapshot-minutes", 1), Text("--only")));

string? Text(string option) => Array.IndexOf(args, option) is >= 0 and var at ? args.ElementAtOrDefault(at + 1) : null;

int Number(string option, int otherwise)
{
    var at = Array.IndexOf(args, option);
    return at < 0 ? otherwise : int.TryParse(args.ElementAtOrDefault(at + 1), out var number) && number > 0
        ? number
        : throw new ArgumentException($"{option} takes a whole number.", nameof(args));
}
