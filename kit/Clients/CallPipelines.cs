using System.Collections.Concurrent;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Hdms.Kit.Clients;

/// <summary>One pipeline for each service that is called: tries, a circuit breaker that all callers share, and a time limit per try.</summary>
sealed class CallPipelines(CallTimes times, TimeProvider clock)
{
    public static readonly ResiliencePropertyKey<HttpRequestMessage> Request = new("hdms.request");

    readonly ConcurrentDictionary<string, ResiliencePipeline<HttpResponseMessage>> _pipelines = new(StringComparer.Ordinal);

    public ResiliencePipeline<HttpResponseMessage> Of(string service) => _pipelines.GetOrAdd(service, _ => Build());

    ResiliencePipeline<HttpResponseMessage> Build() =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }
            .AddRetry(Tries())
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                ShouldHandle = a => ValueTask.FromResult(CallRules.IsFailure(a.Outcome)),
                SamplingDuration = TimeSpan.FromSeconds(10),
                MinimumThroughput = 6,
                FailureRatio = 0.5,
                BreakDuration = times.Break,
            })
            .AddTimeout(new TimeoutStrategyOptions { TimeoutGenerator = a => ValueTask.FromResult(PerTry(a.Context)) })
            .Build();

    RetryStrategyOptions<HttpResponseMessage> Tries() => new()
    {
        MaxRetryAttempts = times.Waits.Count,
        ShouldHandle = a => ValueTask.FromResult(
            !Hurry.IsOn
            && a.Context.Properties.TryGetValue(Request, out var request)
            && CallRules.MayBeSentAgain(request)
            && CallRules.IsWorthAnotherTry(a.Outcome)
            && !(CallRules.RetryAfter(a.Outcome.Result, clock.GetUtcNow()) > times.LongestWait)),
        DelayGenerator = a => ValueTask.FromResult<TimeSpan?>(Wait(a)),
        OnRetry = a =>
        {
            a.Outcome.Result?.Dispose();
            return ValueTask.CompletedTask;
        },
    };

    TimeSpan Wait(RetryDelayGeneratorArguments<HttpResponseMessage> tried)
    {
        var wait = times.Waits[tried.AttemptNumber] * (0.75 + (Random.Shared.NextDouble() * 0.5));
        var asked = CallRules.RetryAfter(tried.Outcome.Result, clock.GetUtcNow()) ?? TimeSpan.Zero;
        return asked > wait ? asked : wait;
    }

    TimeSpan PerTry(ResilienceContext context) =>
        context.Properties.TryGetValue(Request, out var request) && request.Options.TryGetValue(Contracts.ServiceCalls.Patience, out var patience)
            ? patience
            : Hurry.IsOn ? times.Hurried : times.PerTry;
}
