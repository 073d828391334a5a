"""Words of Indonesian (and a little English) as people text them: which can never be part of a name, which belong to
a problem, which are names. Language, not city: the city's own words come from its pack."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a table written as running text."""
    return frozenset(text.split())


def word_map(text: str) -> dict[str, str]:
    """A table of "word=meaning" written as running text."""
    return dict(pair.split("=", 1) for pair in text.split())


TITLES = word_set(
    """
    bpk bapak pak bp bang bung ibu bu mas mbak mba mbk kak kakak om tante sdr sdri saudara saudari tuan nyonya nona
    ny tn h hj haji hajah ust ustad ustadz ustadzah kh ky kyai dr drs dra drg ir prof raden rm rr r.a mr mrs ms miss
    sir pa si opung inang amang mpok pok cak koh kang mang encang encing babe engkong ncek ncing nyak encim mami mama bunda opa oma eyang nyai uda uni teteh
    """
)

PARTICLES = word_set(
    "br boru bin binti bt al el van der de da von ibn abu dan/atau a/n s.h s.e s.t m.m m.si s.pd s.kom"
)

# Grammar, pronouns, courtesy, time, and the verbs around a report: never a person's name, whoever introduces it.
FUNCTION = word_set(
    """
    yang yg yng di ke dari dr2 dan dn atau ato atw dengan dgn dg dng untuk utk untk buat bwt pada pd kepada kpd
    dalam dlm oleh tanpa karena krn karna soalnya sebab supaya agar jika jk kalau kalo klo klu kl bila apabila saat
    ketika sejak smpai sampai sampe hingga sudah sdh udah udh dah telah tlh belum blm blom lagi lg lgi masih msh
    sedang sdg akan akn ingin pengen pingin mau mw hendak hendaknya bisa bs dapat dpt harus hrs wajib perlu boleh
    jangan jgn tidak tdk tak gak ga gk nggak ngga kagak enggak bukan bkn ini itu tersebut tsb sini situ sana begini
    begitu gini gitu ada adalah adlh ialah yaitu yakni merupakan menjadi jadi jd jdi juga jg jga saja aja sj pun
    hanya cuma cuman sangat sgt sekali skali banget bgt bngt amat terlalu trlalu lebih kurang paling semua smua
    semuanya seluruh setiap tiap banyak bnyk byk sedikit beberapa bbrp saya sy aku gue gw gua kami km kamu kita kt
    kalian mereka dia ia beliau anda orang org orangnya siapa apa apakah kenapa knp mengapa bagaimana gimana gmn
    kapan mana dimana dmn kemana darimana berapa brp mohon mhn moga tolong tlg tlong tolonglah mintalah minta mnta
    silakan silahkan harap dimohon diharapkan semoga segera sgra cepat cepet secepatnya terima kasih terimakasih cepetan buruan tolongin bgttt woi woy plis pliss pls
    trims trimakasih trm tks thx thanks makasih mksh makasi trmksh matur suwun nuhun salam hormat kepada yth
    assalamualaikum assalamu wassalam wassalamualaikum walaikumsalam wr wb halo hallo hai hi hello permisi misi maaf
    selamat slmt pagi siang sore malam mlm dini hari td tadi tdi kemarin kmrn kmarin besok bsk lusa sekarang skrg
    skrng sekarang2 nanti nnti barusan baru2 minggu bulan bln tahun thn jam menit detik pukul tanggal tgl senin
    selasa rabu kamis jumat sabtu lapor laporan lapornya melapor melaporkan lapor2 laporin ngelapor mengadu
    mengadukan aduan pengaduan keluhan mengeluh mengeluhkan keluh informasi info menginformasikan memberitahukan
    menyampaikan sampaikan mengabarkan kabar bertanya tanya nanya menanyakan nama nm bernama alamat almt alamatnya
    lokasi lokasinya tempat tempatnya masalah masalahnya identitas rahasia dirahasiakan rahasiakan sembunyikan
    disebut disebutkan pelapor pengirim warga wrga penduduk tinggal tgl2 bertempat domisili beralamat rumah rmh
    rumahnya kontrakan kos telp telepon tlp hp nohp wa nik ktp email nomor nomer no nope sebagai sbg selaku bersama
    sama sm seperti spt sprti kayak kyk mengenai tentang ttg terkait bahwa bhw lalu kemudian trus terus trs tapi tp
    tetapi namun padahal pdhl ya iya yaa yah iyaa oke ok okay sip siap baik baiklah dong donk deh sih kok kan nih
    tuh lah loh lho kah nya min gan sis admin petugas pihak dinas instansi pemerintah pemprov pemda the a an is are
    was at on in of for to and or my me we you your our it this that there here please from with i i'm im am name
    address live lives near not has have been very since want would like report reporting thank thanks regards
    sincerely dear sir rt rw no kel kec jl jln jalan gg gang blok kav lt lantai km nomornya kode pos tunggu nunggu
    sehubungan demikian sekian bernama bertanda tangan bawah sebelumnya sesudah setelah stlh selalu slalu sering
    srng kadang jarang pernah prnh malah makin semakin tambah mulai berhari berminggu berbulan setahun seminggu
    sebulan sehari kira sekitar skitar hampir kurang-lebih sebut sebutkan tulis isi balas jawab dibalas dijawab
    bales responnya respon direspon ditanggapi tanggapan sdgkan bantu bantuan bantuannya bantuin dibantu perhatian
    perhatiannya diperhatikan kerjasama kerjasamanya sebaiknya seharusnya kesini kesana disini disitu disana atas
    sampe2 sama2 hello good morning afternoon evening sir/madam madam team butuh perlunya gmna gini2 sempat smpat
    td2 biar daripada dibanding maupun serta srta sambil selain sesuai syukron syukran jazakallah barakallah afwan aamiin sorry ralat koreksi typo maksud maksudnya anonim anonymous sda idem tes tess test testing ping satu dua tiga empat lima enam tujuh
    delapan sembilan sepuluh pertama kedua ketiga sebelah
    """
)

# What problems are told with: never part of a street's name, an address or a person's name.
PROBLEM = word_set(
    """
    rusak rusaknya kerusakan rsk berlubang lubang lobang bolong jeblos ambles amblas longsor retak pecah patah roboh
    rubuh tumbang ambruk miring jebol bocor mampet mampat tersumbat sumbat luber meluber meluap luapan banjir bnjir
    kebanjiran tergenang genangan menggenang rob becek licin gelap gulita mati padam redup nyala menyala hidup
    korslet konslet menjuntai juntai semrawut kusut putus terputus nyangkut jatuh sampah smpah menumpuk numpuk
    tumpukan berserakan berantakan bau busuk menyengat kotor jorok kumuh terbengkalai terbengkelai mangkrak macet
    mcet kemacetan padat semrawutnya parkir parkiran ngetem ngebut balap liar preman tawuran begal copet maling
    pencurian dicuri kecurian rampok pungli pemerasan dipalak palak berisik bising brisik gaduh mengganggu ganggu
    terganggu meresahkan resah membahayakan bahaya berbahaya bhya parah bgt2 darurat kebakaran terbakar bakar
    kebakar dibakar membakar asap api gosong meledak ledakan kecelakaan tabrakan ditabrak tertabrak terjebak
    tenggelam hanyut kesetrum tersengat hilang rawan angker keropos lapuk rimbun rindang kering layu ditebang tebang
    dipangkas pangkas memangkas perbaiki diperbaiki memperbaiki perbaikan dibersihkan bersihkan diangkut angkut
    diaspal ditambal tambal ditindak tindak tindakan ditindaklanjuti tindaklanjut tertibkan ditertibkan penertiban
    dibongkar bongkar terbuka tertutup menutup menutupi ditutup menghalangi halangi terhalang halang melintang
    menganga mangkal berjualan jualan jualannya dagang berdagang nongkrong mabuk miras judi narkoba mesum merokok
    berlobang brlubang nutup nutupin nutupi ketutup ketutupan nimpa nimpah nimpain niban ngalangin ngehalangin
    ngalingin ngehalang malangin nyumbat kesumbat ngegenang ngalir netes ngucur muncrat ambrol ambrug doyong miring
    condong njuntai ngumpul ngebul nabrak nebang mecah ngerusak ngotorin ngebahayain jatoh ancurin ngehambat
    ngamen mengemis rembes merembes keruh butek surut naik setinggi selutut sedada sepinggang semata sebetis lambat
    lelet lama antri antre telat terlambat nyamuk tikus ular wabah dbd demam berdarah penyakit keracunan keluar
    masuk lewat melintas dilewati menabrak tabrak bikin membuat menyebabkan mengakibatkan akibat terjadi kejadian
    dibiarkan dibuang buang membuang pembuangan terlantar telantar minim tanpa rapuh goyang ditutupi kebanjir
    nyetrum sangat2 melanggar pelanggaran dilanggar lawan melawan arus terobos menerobos error eror broken damaged flooded
    flood flooding garbage trash rubbish pothole potholes dead off leaking blocked fallen fell fire burning accident
    dangerous smells smell dark noisy illegal parked parking stuck clogged overflow overflowing hancur ancur kacau
    bopeng gompal jeglong jeglongan bergelombang keriting nyemplung kejeblos kecemplung terperosok kelihatan
    keliatan terlihat tampak tercium muncul timbul meninggal luka terluka berdarah pingsan
    """
)

# The same without those that street names bear ("Jl Gondangdia Lama").
TROUBLE = PROBLEM - word_set("lama naik masuk keluar kering lewat padat")

# Things and people of a city street, manners and measures: they may stand in a street's name but are no person's name.
COMMON = word_set(
    """
    air kali sungai got selokan saluran drainase gorong parit waduk situ setu danau jembatan jbt trotoar aspal beton
    cor tiang kabel listrik lampu pju penerangan rambu marka zebra cross pohon ranting dahan daun rumput tanaman
    taman kebun lapangan kursi bangku papan spanduk banner reklame baliho poster iklan stiker coretan mural pagar
    tembok dinding atap bangunan gedung ruko toko warung kios lapak kaki pedagang pkl tukang ojek ojol angkot bus
    busway mikrotrans transjakarta krl mrt lrt kereta motor mobil truk truck bajaj sepeda kendaraan pengendara
    pejalan supir sopir penumpang sekolah sekolahan murid siswa guru kampus masjid mesjid mushola musholla musala
    gereja vihara pura klenteng rs rsud rumahsakit puskesmas klinik pasar mall mal minimarket indomaret alfamart
    alfa hotel apartemen apartment kantor stasiun terminal halte shelter jpo flyover underpass tol pintu gerbang
    simpang simpangan perempatan pertigaan prapatan bundaran lampumerah tikungan tanjakan turunan putaran uturn
    kolong bawah depan dpn belakang blkg samping seberang sebrang dekat dkt deket pojok ujung tengah pinggir
    pinggiran sisi area daerah wilayah kawasan komplek kompleks perumahan kampung kp kelurahan kecamatan kota
    jakarta dki provinsi indonesia negara raya utama besar kecil baru lama panjang pendek tinggi rendah lebar sempit
    jauh barat timur utara selatan pusat jakpus jaksel jakbar jaktim jakut rel palang perlintasan galian proyek
    bedeng puing pasir tanah batu semen besi kayu seng plastik kardus kasur tong bak tps tpu tpa makam kuburan
    pemakaman limbah tinja septic tank polusi debu udara suara musik karaoke hajatan pesta kembang petasan anak
    anak2 bayi balita ibu2 bapak2 lansia pengemis pengamen gelandangan odgj anjing kucing monyet ayam hewan lurah
    camat walikota gubernur polisi satpol pp satpolpp dishub pln pdam pam pengurus ketua sekretaris satpam security
    keamanan ormas partai caleg uang bayar biaya harga rupiah rp ribu juta gratis surat izin ijin imb pbg akta kk
    kartu bpjs kjp bansos sembako pajak pbb tagihan wifi internet sinyal aplikasi foto photo gambar video bukti
    kondisi kondisinya keadaan dekatnya foto2 lampiran terlampir baik buruk jelek bagus2 aman nyaman tertib rapi
    rapih bersih terang sehat susah sulit mudah gampang takut khawatir kuatir kecewa marah capek cape bosan kasihan
    kesel kesal males nyebelin resiko risiko korban petugasnya tim regu orangtua tetangga saudara teman pemilik
    penghuni pengguna pelaku oknum hujan deras angin kencang panas dingin banjirnya musim kemarau badan bahu jalur
    lajur arah jalanan jalannya lintas lalu lalin lampunya airnya pohonnya sampahnya kabelnya masyarakat umum publik
    fasum fasos kerja kegiatan aktivitas acara kasus hal perihal subjek subject re fwd fw test tes coba ping halooo
    asap2 meter mtr cm km2 kilo kilogram liter lembar buah unit titik biji ekor orang2 baut baterai sensor detektor
    alat mesin pompa road street garbage tree water light lamp sidewalk bridge river house car motorcycle people
    children school market station front behind opposite next corner building broken city kelurahannya rtnya rwnya
    oktober november desember januari februari maret april mei juni juli agustus september sembarangan berlebihan
    sendiri bersamaan langsung kembali ulang berulang laju pelan kencang2 manhole cctv kamera toilet wc tower menara
    sutet gas lpg tabung pipa keran kran sumur sumurnya lingkungan qlue jaki crm tanggap gubernurnya bantaran
    sebrangnya depannya aduannya vaksin ambulans ambulance damkar pemadam polsek polres koramil posyandu rptra rusun
    rusunawa kolam renang lahan kosong hp2 kebisingan kebersihan kesehatan keselamatan ketertiban pendidikan
    tutup buka kirim ngirim pencet ketik salah keliru pindah kepsek kepala bendahara perizinan pelayanan layanan antrian antrean
    """
)

# Given and family names that are common in Indonesia, so that a name in small letters is recognised. Not a directory.
NAMES = word_set(
    """
    abdul abdullah ade adi adam adit aditya afif agung agus agustin agustina ahmad akbar alamsyah aldi aldo alex ali
    alif alvin ambar amelia amin amir amri ana anas andi andika andre andri andriani anggi anggun ani anisa anita
    anjar anton antonius anwar apri aprilia ardi ardiansyah arief arif aris arman arya asep asih astuti atik aulia
    ayu aziz azis bagas bagus bahar bakri bambang bayu bella benny beni betty bima bobby boy budi budiman budiono
    burhan butet cahya cahyo cahyono candra catur cecep chandra christian cici cindy citra dadang dahlan damar dani
    danang daniel danu darma darmawan darto darwis dede deden dedi dedy deni denny desi devi dewa dewi diah dian
    diana dias didi didik diki dimas dina dini dion dita djoko doni donny dwi edi eddy edo edwin efendi effendi egi
    eka eko elisa elly ely endah endang eni enny erik erlangga erna ernawati erwin euis evi fadli fahmi fahri faisal
    fajar farah farhan farid fatimah fatma febri febrian ferdi ferry fira firman firmansyah fitri fitria fitriani
    frans galih galuh gani ganjar gatot gilang gina gita gunadi gunawan guntoro hadi hafiz hakim halim hamid hamzah
    handayani handoko hani hanif hari haris hariyanto harjo harso hartati hartono harun haryanto haryono hasan
    hasanah hasanudin hasnah hendra hendri hendro heni henny heri herlina herman hermawan heru herry hesti hidayat
    hilman husein husin ibnu ibrahim ichsan ida idris ika ikhsan ilham ilyas imam iman imas imron ina indah indra
    indri indriani ineke intan ipul ira iradat irfan irma irwan irwansyah isah ismail ismi isti iwan iyan jaelani
    jajang jamal jamaludin januar jefri jihan joko johan johanes jono juanda juli julia juliana jumadi jumiati
    junaedi junaidi juwita kadek kadir kamal karim kartika kartini karto kasim ketut khairul khoirul kholid komang
    komar krisna kristian kristina kurnia kurniawan kusuma kusnadi laila laksmi lala lastri lestari lia lili lilik
    lilis lina linda lisa lukman luki lulu lusi lutfi made mahmud maman mansur mardi maria marini marlina marni
    maryam maryati mega meilani mei2 melani melati melinda meri merry mira mirna misbah mochamad moh mohamad
    mohammad muchlis muhamad muhammad muhidin mukhlis mulyadi mulyani mulyono munir murni mus mustafa mustofa nabila
    nada nadia nana nanang nandang naufal nengah neneng nia nina ningsih nisa nita noor nova novi novia novita
    nugraha nugroho nur nuraini nurdin nurhayati nuri nurjanah nurul nyoman oki okta oman otong panca pandu panji
    panjaitan pardi parman parmin paulus permana petrus popi pranoto prasetya prasetyo pratama pratiwi priyanto
    priyono purnama purnomo purwanto putra putri putu rachmat rachman raden radit rafi rahardjo rahayu rahma rahman
    rahmat rahmawati raka ramadhan ramdan ramli rani ranti ratih ratna ratnasari reza rian rianti ricky ridho ridwan
    rifai rifki rika riki rina rini rio risa riska risky rita rizal rizki rizky roby rohani rohim rohman romi roni
    rosa rosidah rosita rosyid rudi rudy ruslan rustam sabar sahrul saiful salim salma salman samsul samsudin sandi
    sandra santi santoso sapto sari sarah sardi sarno satria satrio selamet septian seno setiawan setiawati setyo
    sholeh sidik sihombing silalahi simanjuntak sinaga siregar siska siswanto siti situmorang slamet sodikin sofyan
    soleh sri sub suci sudarmo sudarsono sudirman sugeng sugiarto sugiono suharti suharto suherman sukardi sukarno
    sulaiman sulastri sulis sulistyo sumarni sumarno sumiati sunardi sunarti sunarto supardi suparman suparno supri
    supriadi supriyanto suradi surya suryadi suryana suryani suryanto susan susanti susanto susi susilo susilowati
    sutanto sutarno sutini sutisna sutrisno suwandi suwarni suwarno syahrul syaiful syamsul syarif tanti tari
    tarmizi tarno tati taufik taufiq teddy tedi teguh theresia tia tika tina tini tinah titi titik titin tjahjo tomi
    tommy toni tono topan tri triyono tuti tyas udin ujang umar umi ummi uswatun usman utami utomo vera vina vivi
    wahid wahyu wahyudi wahyuni wahyono warsito warsono wati wawan wayan wibisono wibowo widi widodo widya wijaya
    wina winarno winarti windi wisnu wiwik wulan wulandari yadi yana yani yanti yanto yanuar yasin yayan yayuk yeni
    yenny yoga yogi yohanes yono yoyok yudha yudi yuli yulia yuliana yulianti yuni yunita yunus yusman yusnita
    yusril yusuf yusup zaenal zahra zainal zainudin zaki zulfikar zulkifli tarigan ginting sitorus nainggolan
    hutagalung lubis nasution harahap pasaribu manurung simatupang tambunan tanjung2 wong tan lim liem oey lie kwee
    rumengan sondakh mei yuda yudha gregorius oktavia oktaviani oktavianus clara fransiska fransiskus nurul pattiasina latuconsina tarjo paijo painem parto wagiman wagino john mary michael david james
    peter paul anna susan2 kevin steven stephanie jessica
    """
) - word_set("mei2 tanjung2 susan2 sub titik hari mus")

# Endings that only names have ("Sumarwati", "Haryanto"), for words of six letters or more.
NAME_ENDINGS = (
    "wati", "yanto", "rianto", "ianto", "ningsih", "uddin", "yudin", "ludin", "rudin", "yono", "wibowo", "sono", "hardjo", "harjo",
    "diningrat", "kusumo", "negoro", "winata", "wijaya", "asari", "iyah", "janah", "syah", "rohim", "rohman", "ningrum",
)  # fmt: skip

# A word with these beginnings is a verb or a noun made from one, unless it is a known name.
VERB_STARTS = (
    "meng",
    "meny",
    "mem",
    "men",
    "ber",
    "ter",
    "peng",
    "peny",
    "pem",
    "memper",
    "diper",
    "keber",
    "kete",
    "sebe",
)
VERB_ENDS = ("kannya", "kan", "nya", "lah", "kah", "annya", "2")
