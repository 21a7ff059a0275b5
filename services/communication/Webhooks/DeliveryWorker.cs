using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Communication.Webhooks;

/// <summary>
/// Sends what is due, several at once, but few to one webhook, so that a slow receiver holds up nobody else. Any number of processes may
/// do it; each delivery is with one of them. What was sent and not written down is sent again, under the same id.
/// </summary>
sealed partial class DeliveryWorker(ServiceDatabase database, WebhookSender sender, WebhookRules rules, ILogger<DeliveryWorker> log) : BackgroundService
{
    const int AtOnce = 16;
    const int AtOnceToOne = 4;
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>For what is under way when the process is to end.</summary>
    static readonly TimeSpan Ending = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ending = new CancellationTokenSource();
        await using var begun = stoppingToken.Register(() => ending.CancelAfter(Ending));
        var running = new Dictionary<Task, Guid>();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (running.Count < AtOnce && await TakeAsync(running, stoppingToken) is { } delivery)
                {
                    running.Add(SendAsync(delivery, ending.Token), delivery.WebhookId);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LooksAgain(log, DatabaseFaults.WithoutRows(e));
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await Task.WhenAny(running.Keys.Append(Task.Delay(Look, stoppingToken)));
            foreach (var done in running.Keys.Where(t => t.IsCompleted).ToArray())
            {
                running.Remove(done);
            }
        }

        await Task.WhenAll(running.Keys);
    }

    Task<Claimed?> TakeAsync(Dictionary<Task, Guid> running, CancellationToken ct)
    {
        var busy = running.Values.GroupBy(w => w).Where(g => g.Count() >= AtOnceToOne).Select(g => g.Key).ToArray();
        return database.WriteAsync(Caller.System(), unit => DeliveryTable.TakeAsync(unit, busy, rules.Lease), ct);
    }

    async Task SendAsync(Claimed delivery, CancellationToken ct)
    {
        try
        {
            var tried = await sender.SendAsync(delivery, ct);
            await database.WriteAsync(Caller.System(), unit => DeliveryTable.RecordAsync(unit, delivery, tried, WaitAfter(delivery)), ct);
        }
        catch (Exception e)
        {
            // Its lease will be over, and somebody sends it again.
            NotWritten(log, delivery.Id, DatabaseFaults.WithoutRows(e));
        }
    }

    static TimeSpan? WaitAfter(Claimed delivery) => delivery.Retries < WebhookRules.Retries.Count
        ? WebhookRules.Retries[delivery.Retries] * (1 + (Random.Shared.NextDouble() * WebhookRules.Jitter))
        : null;

    [LoggerMessage(540, LogLevel.Error, "What is to be sent to webhooks could not be looked up; it is tried again")]
    static partial void LooksAgain(ILogger logger, Exception e);

    [LoggerMessage(541, LogLevel.Warning, "What came of delivery {Delivery} could not be written down; it is sent again")]
    static partial void NotWritten(ILogger logger, Guid delivery, Exception e);
}
