using System.CommandLine;
using Hdms.Cli;
using Hdms.Cli.Commands;

var root = new RootCommand("HDMS: the help desk, its services, their databases.") { VersionCommand.Create() };
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (OneLineError e)
{
    await Console.Error.WriteLineAsync($"hdms: {e.Message}");
    return e.Code;
}
