using Hdms.Kit.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Hdms.Cli.Hosting;

/// <summary>Hands each request, with Kestrel's own features, to the application whose path it is. What comes before they have started waits for them.</summary>
internal sealed class Dispatcher : IHttpApplication<Dispatched>
{
    readonly TaskCompletionSource<(PathRouter<InnerApp> Router, HealthOfAll Health)> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open(IReadOnlyList<InnerApp> apps)
    {
        var router = new PathRouter<InnerApp>(apps.SelectMany(a => a.Paths.Select(p => (p, a))), apps.Single(a => a.Paths.Count == 0));
        _started.SetResult((router, new HealthOfAll(apps)));
    }

    /// <summary>They will not start; whoever waits is sent away.</summary>
    public void Close() => _started.TrySetCanceled();

    public Dispatched CreateContext(IFeatureCollection contextFeatures) => new(contextFeatures);

    public Task ProcessRequestAsync(Dispatched context) =>
        _started.Task.IsCompletedSuccessfully ? AnswerAsync(context) : WaitAsync(context);

    public void DisposeContext(Dispatched context, Exception? exception) => context.Leave(exception);

    async Task WaitAsync(Dispatched request)
    {
        await _started.Task.WaitAsync(request.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted);
        await AnswerAsync(request);
    }

    Task AnswerAsync(Dispatched request)
    {
        var (router, health) = _started.Task.Result;
        var path = request.Features.GetRequiredFeature<IHttpRequestFeature>().Path;
        if (path is HealthOfAll.Alive or HealthOfAll.Ready)
            return health.AnswerAsync(request.Features);
        return request.EnterAsync(router.Find(path).Application);
    }
}

/// <summary>A request on its way through the application that answers it.</summary>
internal sealed class Dispatched(IFeatureCollection features)
{
    InnerApplication? _application;
    object? _context;

    public IFeatureCollection Features { get; } = features;

    public Task EnterAsync(InnerApplication application)
    {
        _context = application.CreateContext(Features);
        _application = application;
        return application.ProcessRequestAsync(_context);
    }

    // Only when Kestrel says so: what the application does at the answer's very end comes before.
    public void Leave(Exception? exception) => _application?.DisposeContext(_context!, exception);
}
