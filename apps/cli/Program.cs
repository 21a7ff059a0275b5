using System.CommandLine;
using Hdms.Cli;
using Hdms.Cli.Commands;

var root = new RootCommand("HDMS: the help desk, its services, their databases.") { VersionCommand.Create() };
try
{
    var parsed = root.Parse(args);
    var code = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    return parsed.Errors.Count > 0 ? ExitCode.WrongUsage : code;
}
catch (OneLineError e)
{
    await Console.Error.WriteLineAsync($"hdms: {e.Message}");
    return e.Code;
}
