namespace Hdms.Communication.Tests.Live;

/// <summary>Two hundred streams on two instances, of which one is stopped and started between, while messages are written.</summary>
public sealed class ManyStreamsTests
{
    const int Streams = 200;
    const int Messages = 300;

    [Fact]
    [Trait("Category", "Long")]
    public async Task Each_gets_exactly_what_it_may_see_in_order_and_once()
    {
        await using var api = await CommunicationApi.StartAsync();
        var crowd = api.World.Crowd.ToArray();
        var tickets = new List<Guid>();
        foreach (var n in Enumerable.Range(0, 5))
        {
            var ticket = await api.AssignedAsync();
            tickets.Add(ticket.Id);
            foreach (var who in crowd.Where((_, i) => i % 5 == n || i % 3 == 0))
                await api.AddAsync(ticket.Id, who);
        }

        await using var other = await api.StartAnotherAsync();
        Uri[] urls = [api.Url, new Uri(other.Urls.First())];
        var listeners = await Task.WhenAll(Enumerable.Range(0, Streams).Select(async n =>
            new Listener(crowd[n % crowd.Length], urls, n, await api.TokenAsync(crowd[n % crowd.Length]))));
        await Task.WhenAll(listeners.Select(l => l.BeginAsync()));

        var written = new List<(Guid Ticket, string Text)>();
        foreach (var n in Enumerable.Range(0, Messages))
        {
            if (n == Messages / 3)
            {
                await api.StopCommunicationAsync();
                await api.StartCommunicationAsync();
            }

            var ticket = tickets[n % tickets.Count];
            written.Add((ticket, $"{n}"));
            await api.SayAsync(api.World.Requester, ticket, $"{n}");
        }

        foreach (var listener in listeners)
        {
            var sees = written.Where(w => MayRead(listener.Who, tickets.IndexOf(w.Ticket))).Select(w => w.Text).ToList();
            await Eventually.ShouldAsync(() => Task.FromResult(listener.Count >= sees.Count));
            listener.Messages.ShouldBe(sees, $"of {listener.Who.Code}");
        }

        foreach (var listener in listeners)
            await listener.DisposeAsync();
        await other.StopAsync();

        bool MayRead(TestUser who, int ticket) => Array.IndexOf(crowd, who) is var i && (i % 5 == ticket || i % 3 == 0);
    }

    /// <summary>Listens as a browser does: cut off, it comes again with the last id, to whichever instance is there.</summary>
    sealed class Listener(TestUser who, Uri[] urls, int first, string token) : IAsyncDisposable
    {
        readonly List<LiveReader> _readers = [];
        readonly CancellationTokenSource _ending = new();
        Task _listening = Task.CompletedTask;

        public TestUser Who { get; } = who;

        public IReadOnlyList<string?> Messages
        {
            get
            {
                lock (_readers)
                    return [.. _readers.SelectMany(r => r.Messages)];
            }
        }

        public int Count => Messages.Count;

        public async Task BeginAsync()
        {
            await OpenAsync(first, null);
            _listening = Task.Run(ListenAsync);
        }

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            await _listening;
            foreach (var reader in _readers)
                await reader.DisposeAsync();
            _ending.Dispose();
        }

        async Task ListenAsync()
        {
            for (var n = first + 1; !_ending.IsCancellationRequested; n++)
            {
                var reader = _readers[^1];
                await Task.WhenAny(reader.Ended, Task.Delay(Timeout.Infinite, _ending.Token));
                if (!_ending.IsCancellationRequested)
                    await OpenAsync(n, reader.LastId);
            }
        }

        async Task OpenAsync(int instance, string? last)
        {
            var reader = await LiveReader.OpenAsync(urls[instance % urls.Length], token, last);
            lock (_readers)
                _readers.Add(reader);
        }
    }
}
