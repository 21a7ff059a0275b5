namespace Hdms.Cli;

/// <summary>What the shell learns from <c>hdms</c>; printed by <c>--help</c> and kept stable for scripts.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;
    public const int InUse = 3;
    public const int NoPostgres = 4;
    public const int Different = 5;
    public const int Interrupted = 130;

    public static readonly IReadOnlyList<(int Code, string Meaning)> All =
    [
        (Done, "done"),
        (Failed, "failed, or doctor or a rebuild's check found something wrong"),
        (WrongUsage, "a wrong argument or setting"),
        (InUse, "the data directory or the port is in use"),
        (NoPostgres, "no usable PostgreSQL"),
        (Different, "a backup is not what its manifest says"),
        (Interrupted, "interrupted"),
    ];
}
