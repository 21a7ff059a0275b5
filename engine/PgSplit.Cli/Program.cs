using PgSplit.Cli;

using var signals = new Signals();
return (int)await CommandLine.RunAsync(args, new Terminal(Console.Out, Console.Error), signals.Stop);
