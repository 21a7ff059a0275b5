namespace Hdms.Cli;

/// <summary>Says on standard error what is being done, once that has taken two seconds: what is quick needs no words.</summary>
internal sealed class SlowWork : IProgress<string>, IDisposable
{
    readonly Timer _timer;
    readonly Lock _lock = new();
    string _doing = "";
    string _said = "";

    public SlowWork() => _timer = new Timer(_ => Say(), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1));

    public void Report(string value)
    {
        lock (_lock)
            _doing = value;
    }

    public void Dispose() => _timer.Dispose();

    void Say()
    {
        lock (_lock)
        {
            if (_doing == _said)
                return;
            _said = _doing;
            Console.Error.WriteLine($"{_doing} …");
        }
    }
}
