using System.Text;
using Clew.Storage.Tests.Support;
using Clew.Storage.Wal;
using CsCheck;

namespace Clew.Storage.Tests.Wal;

public sealed class WalTests
{
    private const string Folder = "/log";
    private const long SegmentBytes = 4096;

    [Fact]
    public void Replay_gives_back_every_synced_frame_in_order()
    {
        var disk = new CrashingDisk();
        var log = new WalWriter(disk, Folder, SegmentBytes, 1);
        Append(log, "one", "two");
        Append(log, "three");
        disk.Crash();
        Assert.Equal(["one", "two", "three"], Replay(disk, out var fault));
        Assert.Null(fault);
    }

    [Fact]
    public void Append_rolls_to_a_new_generation_when_a_group_does_not_fit()
    {
        var disk = new CrashingDisk();
        var log = new WalWriter(disk, Folder, SegmentBytes, 1);
        var large = new string('x', 3000);
        Append(log, large);
        Append(log, large);
        Assert.Equal(2, disk.List(Folder).Count);
        Assert.Equal([large, large], Replay(disk, out _));
    }

    [Fact]
    public void Append_larger_than_a_segment_gets_a_file_of_its_own_size()
    {
        var disk = new CrashingDisk();
        var log = new WalWriter(disk, Folder, SegmentBytes, 1);
        var huge = new string('x', 10_000);
        Append(log, "small");
        Append(log, huge);
        Append(log, "after");
        Assert.Equal(["small", huge, "after"], Replay(disk, out _));
    }

    [Fact]
    public void Replay_of_a_file_cut_at_any_byte_gives_the_whole_frames_before_the_cut()
    {
        var disk = new CrashingDisk();
        var log = new WalWriter(disk, Folder, SegmentBytes, 1);
        string[] payloads = ["first", "second frame", "third"];
        Append(log, payloads);
        var end = WalFormat.HeaderSize + payloads.Sum(payload => WalFormat.FrameHeaderSize + payload.Length);
        for (var length = WalFormat.HeaderSize; length <= end; length++)
        {
            var copy = new CrashingDisk();
            var file = copy.Create(WalWriter.PathOf(Folder, 1), length);
            var bytes = new byte[length];
            disk.OpenRead(WalWriter.PathOf(Folder, 1)).Read(0, bytes);
            file.Write(0, [bytes]);
            var expected = new List<string>();
            var at = WalFormat.HeaderSize;
            foreach (var payload in payloads)
            {
                at += WalFormat.FrameHeaderSize + payload.Length;
                if (at <= length)
                {
                    expected.Add(payload);
                }
            }

            Assert.Equal(expected, Replay(copy, out _));
        }
    }

    [Fact]
    public void Replay_never_returns_a_frame_with_a_changed_byte()
    {
        Gen.Select(Gen.Int[WalFormat.HeaderSize, 200], Gen.Byte[1, 255]).Sample((offset, flip) =>
        {
            var disk = new CrashingDisk();
            var log = new WalWriter(disk, Folder, SegmentBytes, 1);
            Append(log, "alpha", "beta", "gamma");
            disk.Corrupt(WalWriter.PathOf(Folder, 1), offset, flip);
            string[] all = ["alpha", "beta", "gamma"];
            var read = Replay(disk, out var damage);
            Assert.Equal(all.Intersect(read), read);

            // Only the frame that was hit may be missing, and a hit in front of whole frames is named as damage.
            var end = WalFormat.HeaderSize + all.Sum(text => WalFormat.FrameHeaderSize + text.Length);
            Assert.InRange(read.Count, offset < end ? 2 : 3, 3);
            Assert.True(read.Count == 3 || damage is not null);
        });
    }

    [Fact]
    public void Replay_reads_on_behind_damaged_bytes_and_names_them()
    {
        var disk = new CrashingDisk();
        var log = new WalWriter(disk, Folder, SegmentBytes, 1);
        Append(log, "alpha", "beta", "gamma");

        // The length of the first frame: without it the second has to be found.
        disk.Corrupt(WalWriter.PathOf(Folder, 1), WalFormat.HeaderSize + 1, 0xff);
        var read = new List<string>();
        var result = WalReplay.Read(disk, WalWriter.PathOf(Folder, 1), (frame, _) => read.Add(Encoding.UTF8.GetString(frame.Payload.Span)));
        Assert.Equal(["beta", "gamma"], read);
        Assert.Contains("37 acknowledged bytes", Assert.Single(result.Damage), StringComparison.Ordinal);
        Assert.Null(result.TornTail);
    }

    [Fact]
    public void Append_after_failed_sync_starts_new_generation_and_the_refused_frame_is_gone()
    {
        var disk = new CrashingDisk();
        var log = new WalWriter(disk, Folder, SegmentBytes, 1);
        Append(log, "kept");
        disk.FailNextSync = new IOException("EIO");
        Assert.Throws<IOException>(() => Append(log, "refused"));
        Append(log, "after");
        Assert.Equal(2, disk.List(Folder).Count);
        Assert.Equal(["kept", "after"], Replay(disk, out _));
    }

    [Fact]
    public void Append_on_a_full_disk_fails_and_works_again_when_there_is_room()
    {
        var disk = new CrashingDisk { FailCreate = new IOException("No space left on device") };
        var log = new WalWriter(disk, Folder, SegmentBytes, 1);
        Assert.Throws<IOException>(() => Append(log, "refused"));
        disk.FailCreate = null;
        Append(log, "taken");
        Assert.Equal(["taken"], Replay(disk, out _));
    }

    [Fact]
    public void Real_disk_keeps_frames_over_reopening()
    {
        var folder = Directory.CreateTempSubdirectory("clew-wal-").FullName;
        try
        {
            using (var log = new WalWriter(DiskWalFileSystem.Instance, folder, SegmentBytes, 7))
            {
                Append(log, "on", "disk");
            }

            Assert.Equal(["on", "disk"], Replay(DiskWalFileSystem.Instance, out _, folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Crc_is_castagnoli()
    {
        // The check value of CRC-32C for "123456789".
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(0xE3069283u, Crc32C.Compute("1234"u8, "56789"u8));
    }

    private static void Append(WalWriter log, params string[] payloads) =>
        log.Append([.. payloads.Select(payload => new WalFrame(WalFrameType.Batch, Encoding.UTF8.GetBytes(payload), 5))], new WalPosition[payloads.Length]);

    private static List<string> Replay(IWalFileSystem disk, out string? fault, string folder = Folder)
    {
        var frames = new List<string>();
        fault = null;
        foreach (var path in disk.List(folder))
        {
            var result = WalReplay.Read(disk, path, (frame, _) => frames.Add(Encoding.UTF8.GetString(frame.Payload.Span)));
            fault ??= result.Damage.Count > 0 ? result.Damage[0] : result.TornTail;
        }

        return frames;
    }
}
