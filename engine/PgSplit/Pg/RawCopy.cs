using System.Buffers;
using Npgsql;

namespace PgSplit.Pg;

/// <summary>COPY's own bytes from one server to another: neither parsed nor kept, whatever is in them (PROTOCOL cases 24, 26, 27).</summary>
static class RawCopy
{
    const int BufferSize = 1 << 17;

    /// <summary>What a COPY … TO STDOUT sends, to be disposed of before the session's next statement.</summary>
    public static async Task<Stream> ReadAsync(NpgsqlConnection connection, string copy, bool binary, CancellationToken ct) => binary
        ? await connection.BeginRawBinaryCopyAsync(copy, ct)
        // Text is wrapped in a reader that would decode it; the stream below it does not.
        : ((StreamReader)await connection.BeginTextExportAsync(copy, ct)).BaseStream;

    /// <summary>Where a COPY … FROM STDIN reads from. To dispose of it ends the COPY: then the server says what it did not like.</summary>
    public static async Task<Stream> WriteAsync(NpgsqlConnection connection, string copy, bool binary, CancellationToken ct) => binary
        ? await connection.BeginRawBinaryCopyAsync(copy, ct)
        : ((StreamWriter)await connection.BeginTextImportAsync(copy, ct)).BaseStream;

    /// <summary>
    /// Sends what the one statement reads to the other. Both sides are in transactions of the caller's, so a failure half-way leaves
    /// nothing behind once those are rolled back.
    /// </summary>
    /// <param name="moved">Called with the rows and bytes that went over since the last call.</param>
    /// <param name="fields">Of a binary one: fields whose values become others on the way; null for none.</param>
    /// <returns>Rows sent.</returns>
    public static async Task<long> PipeAsync(
        NpgsqlConnection from, string copyTo, NpgsqlConnection to, string copyFrom, bool binary, Action<long, long>? moved, CancellationToken ct, CopyFields? fields = null)
    {
        var counter = new RowCounter(binary);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var output = await ReadAsync(from, copyTo, binary, ct);
        try
        {
            var input = await WriteAsync(to, copyFrom, binary, ct);
            try
            {
                while (await FillAsync(output, buffer, ct) is var filled and > 0)
                {
                    var rows = counter.Add(buffer.AsSpan(0, filled));
                    await input.WriteAsync(fields?.Replace(buffer.AsSpan(0, filled)) ?? buffer.AsMemory(0, filled), ct);
                    moved?.Invoke(rows, filled);
                }
            }
            catch
            {
                await AbandonAsync(input);
                throw;
            }

            // Ends the COPY: here the receiving server says what it did not like.
            await input.DisposeAsync();
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await AbandonAsync(output);
            throw;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        await output.DisposeAsync();
        return counter.Rows;
    }

    // The server sends one message per row; one write for each would double the work.
    static async ValueTask<int> FillAsync(Stream stream, byte[] buffer, CancellationToken ct)
    {
        var filled = 0;
        while (filled < BufferSize)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(filled, BufferSize - filled), ct);
            if (read == 0)
                break;
            filled += read;
        }

        return filled;
    }

    static async Task AbandonAsync(Stream stream)
    {
        try
        {
            if (stream is NpgsqlRawCopyStream raw)
                await raw.CancelAsync();
            await stream.DisposeAsync();
        }
        catch (Exception e) when (e is NpgsqlException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or NotSupportedException)
        {
            // The reason for giving up is being thrown already, and says more than what comes of giving up.
        }
    }
}
