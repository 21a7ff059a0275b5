using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Hdms.Files.Tests.Storage;

/// <summary>A server that speaks S3 on a port of its own: s3rver, a package of npm, which the first test that asks for it installs under .hdms/.</summary>
public sealed class S3Server : IAsyncDisposable
{
    const string Package = "s3rver@3.7.1";

    static readonly Lazy<Task<string>> Installed = new(() => Task.Run(InstallAsync));

    readonly TestDirectory _directory = TestDirectory.Create();
    Process? _process;

    public static bool CanBeInstalled => new[] { "/usr/bin/npm", "/usr/local/bin/npm", "/opt/homebrew/bin/npm" }.Any(File.Exists);

    public int Port { get; } = FilesApi.FreePort();

    public (string Name, string Value)[] Settings =>
    [
        ("files_s3", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}")), ("files_s3_bucket", "hdms"),
        ("files_s3_access_key", "S3RVER"), ("files_s3_secret_key", "S3RVER"),
    ];

    public static async Task<S3Server> StartAsync()
    {
        var server = new S3Server();
        await server.RestartAsync();
        return server;
    }

    /// <summary>Returns when it is dead; what it has stored stays.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Returns when it answers.</summary>
    public async Task RestartAsync()
    {
        var program = await Installed.Value;
        _process = Process.Start(new ProcessStartInfo(
            "node",
            [program, "-a", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-d", _directory.Path, "--no-vhost-buckets", "--configure-bucket", "hdms", "--silent"])
        { WorkingDirectory = _directory.Path, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.ShouldAsync(async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"s3rver ended with exit code {_process.ExitCode}.");
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", Port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _directory.Dispose();
    }

    static async Task<string> InstallAsync()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Hdms.slnx")))
            root = root.Parent!;
        var folder = Directory.CreateDirectory(Path.Combine(root.FullName, ".hdms", "npm")).FullName;
        var program = Path.Combine(folder, "node_modules", "s3rver", "bin", "s3rver.js");
        if (!File.Exists(program))
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--silent", Package]))!;
            await npm.WaitForExitAsync();
        }

        return program;
    }
}
