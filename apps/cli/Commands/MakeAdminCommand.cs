using System.CommandLine;
using System.Security.Cryptography;
using Hdms.Cli.Hosting;
using Hdms.Users;

namespace Hdms.Cli.Commands;

internal static class MakeAdminCommand
{
    // Without those that are taken for one another.
    const string Letters = "abcdefghijkmnpqrstuvwxyz23456789";

    static readonly Argument<string> EmployeeCode = new("employee-code") { Description = "What the person signs in as" };
    static readonly Option<string> FirstName = new("--first-name") { Description = "The person's first name", DefaultValueFactory = _ => "Admin" };
    static readonly Option<string> LastName = new("--last-name") { Description = "The person's last name", DefaultValueFactory = _ => "" };
    static readonly Option<string?> Email = new("--email") { Description = "The person's e-mail address" };

    public static Command Create()
    {
        var command = new Command("make-admin", "Make the first admin, where nobody can sign in yet; prints a temporary password.") { EmployeeCode, FirstName, LastName, Email };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
        var password = string.Join('-', RandomNumberGenerator.GetString(Letters, 18).Chunk(6).Select(part => new string(part)));
        await QuietService.UseAsync(server.Settings, UsersService.Definition, users => FirstAdmin.MakeAsync(
            users, parsed.GetValue(EmployeeCode)!, parsed.GetValue(FirstName)!, parsed.GetValue(LastName)!, parsed.GetValue(Email), password, ct), ct);
        Console.WriteLine($"Temporary password: {password}");
        Console.WriteLine("It has to be changed before the first sign-in.");
        return ExitCode.Done;
    }
}
